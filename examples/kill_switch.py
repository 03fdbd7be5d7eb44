"""A program that fails leaves no orders behind: it cancels them itself, and the exchange does if it cannot.

``cancel_on_exit`` cancels when the client is closed or the interpreter ends; the dead-man switch has the exchange do it
when it has heard nothing for a minute. On KuCoin (see venue.py): ALL spot orders of BTC-USDT, whoever placed them.
"""

from venue import venue

from kucoin_wsapi import DeadManSwitch, ResponseFuture

SYMBOL = "BTC-USDT"


def main() -> None:
    with venue() as connect:
        orders: list[ResponseFuture] = []
        switch = DeadManSwitch(timeout=60, symbols=(SYMBOL,))
        try:
            with connect(dead_man_switch=switch, cancel_on_exit=True) as client:
                client.connect_ws_api()  # returns when the exchange has confirmed the timer
                for price in ("20000", "20001", "20002"):
                    orders.append(
                        client.submit_new_spot_order(
                            symbol=SYMBOL, side="buy", type="limit", price=price, size="0.0001"
                        )
                    )
                print(len([order.result() for order in orders]), "orders placed")
                raise RuntimeError("a bug in the program")
        except RuntimeError as error:
            print("failed:", error)
        with connect() as client:
            for order in orders:
                report = client.resolve(order.client_oid, product="spot", symbol=SYMBOL).order
                print(report.order_id, report.state)


if __name__ == "__main__":
    main()
