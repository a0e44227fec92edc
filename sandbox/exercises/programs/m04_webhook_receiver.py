#!/usr/bin/env python3
"""A webhook receiver: check who calls, keep what came, answer at once; and count each payment once, later.

A payment provider calls Ravi's server directly. Direct messaging has no broker that would keep a message until it is
taken: if the receiver is away, only the sender can try again, and if the answer is lost, it will, with the same event.

The receiver is a function `handler(event, context)` as behind API Gateway (HTTP API, payload format 2.0). Here
lambda_runner.py serves it on this machine; on AWS you upload it as it is.

Needs   boto3, workbench.py and lambda_runner.py beside this file, and the four values of /sandbox credentials in your environment.
        With --aws it runs on AWS instead, where streams cost money by the hour: end with --clean there.
        To call the address of /webhook create instead of the receiver in here: WEBHOOK_URL and WEBHOOK_SECRET.

Run     python m04_webhook_receiver.py            a menu to experiment with
        python m04_webhook_receiver.py --all      the whole exercise, from start to end
        python m04_webhook_receiver.py --clean    delete what this program made
"""

import contextlib
import hashlib
import hmac
import json
import os
import socket
import threading
import time
import urllib.error
import urllib.request

from workbench import Trouble, client, delete_stream, events, make_stream, start  # workbench.py: keep it beside this file

INBOX, PAID = "callbacks", "paid"
# Provider and receiver both know it, and nobody else. In production it comes from a secret store.
SECRET = os.environ.get("WEBHOOK_SECRET", "whsec_practice")

kinesis = client("kinesis")


# --- The receiver, as Lambda would run it ---------------------------------------------------------------------


def handler(event, context):
    """Verify, keep, answer: nothing else. All that takes long (stock, invoices, e-mail) comes after the answer, from
    the stream. A provider waits a few seconds and then calls again."""
    body = event["body"] or ""
    signature = event["headers"].get("x-hub-signature-256", "")
    # compare_digest takes as long for a nearly right signature as for a wrong one, so that nobody can guess it
    # digit by digit. And it is the body *as it came* that was signed, not what json.loads makes of it.
    if not hmac.compare_digest(signature.encode(), sign(body).encode()):
        return {"statusCode": 401, "body": "That is not our provider's signature."}
    try:
        payment = json.loads(body)
        order = str(payment["order"])
    except (ValueError, KeyError, TypeError):
        return {"statusCode": 400, "body": "That is not a payment."}  # the same again won't be better: no 5xx
    # Only after the stream has it may we say 200: from then on, the provider forgets it.
    kinesis.put_record(StreamName=INBOX, PartitionKey=order, Data=body.encode())
    return {"statusCode": 200, "body": "thank you"}


def sign(body, secret=SECRET):
    return "sha256=" + hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()


# --- The provider ---------------------------------------------------------------------------------------------


def call(url, payment, secret=SECRET):
    """One POST. Returns the status, or None where no answer came."""
    body = json.dumps(payment)
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": sign(body, secret)}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body.encode(), headers), timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return None


def call_until_heard(url, payment):
    """At least once: again after 0.2, 0.4, 0.8… seconds, until it is taken, or refused for good. Real providers go on
    for days, and the pause grows to hours."""
    for attempt in range(5):
        status = call(url, payment)
        print(f"  {payment['id']}  attempt {attempt + 1}: {status or 'no answer'}")
        if status is not None and status < 500:
            return
        time.sleep(0.2 * 2**attempt)
    print(f"  {payment['id']}  given up. There is no broker that would keep it: nobody tries again from here on")


PAYMENTS = [
    {"id": "evt-1", "order": "o-17", "amount": 450},
    {"id": "evt-2", "order": "o-18", "amount": 1200},
    {"id": "evt-3", "order": "o-19", "amount": 80},
]


@contextlib.contextmanager
def receiver(handler=handler):
    """The receiver's address while it is running: yours from /webhook create, or one on this machine."""
    if "WEBHOOK_URL" in os.environ:
        if not os.environ["WEBHOOK_URL"].startswith("http"):
            raise Trouble("WEBHOOK_URL is no address. /webhook create shows yours, and WEBHOOK_SECRET with it.")
        yield os.environ["WEBHOOK_URL"]
        return
    from lambda_runner import serve

    server = serve(handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


# --- The exercise ---------------------------------------------------------------------------------------------


def create():
    for name in (INBOX, PAID):
        make_stream(name)


def payments_and_a_forger():
    with receiver() as url:
        for payment in PAYMENTS:
            call_until_heard(url, payment)
        print("  and somebody who does not know the secret:", call(url, {"id": "evt-forged", "order": "o-1", "amount": 0}, "guess"))


def lost_answer():
    """The receiver keeps the payment and fails before it can say so. The provider can't tell that from a receiver that
    never got it, and does the only right thing."""
    failed = []

    def unlucky(event, context):
        answer = handler(event, context)
        if not failed:
            failed.append(True)
            raise TimeoutError("kept it, and died before the answer")
        return answer

    with receiver(unlucky) as url:
        call_until_heard(url, PAYMENTS[1])
        if "WEBHOOK_URL" in os.environ:
            call_until_heard(url, PAYMENTS[1])  # that address does not fail on demand: the provider repeats itself


def hand_out():
    """Each payment once. What was handed out is read back first, so that this may be run again. It is only safe while
    one of these runs at a time, and while it does not die halfway; M15 does it properly."""
    done = {payment["id"] for payment, _ in events(PAID, "id")}
    for payment, _ in events(INBOX, "id", "amount"):
        again = payment["id"] in done
        print(f"  {payment['id']}  {payment['amount']:5}  {'seen before' if again else 'a bicycle goes out'}")
        if not again:
            done.add(payment["id"])
            out = json.dumps({"id": payment["id"], "amount": payment["amount"]})
            kinesis.put_record(StreamName=PAID, PartitionKey=payment["id"], Data=out.encode())
    print("What you see: as many bicycles as payments, however many calls there were.")


# --- Experiments ----------------------------------------------------------------------------------------------


def nobody_home():
    """The receiver is off. With a broker, the payment would wait in a queue; here the provider has to."""
    call_until_heard("http://127.0.0.1:9/", {"id": "evt-4", "order": "o-20", "amount": 300})


def udp():
    """The other end of direct messaging: StatsD's counters, over UDP. No connection, no answer, no idea whether anyone
    listens, and very cheap. Fine for a number that is one of thousands; count bicycles otherwise."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    listener.bind(("127.0.0.1", 0))
    listener.settimeout(0.2)
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(1000):
        sender.sendto(b"bikes.sold:1|c", listener.getsockname())  # a name, a value, c for counter
    arrived = 0
    with contextlib.suppress(OSError):
        while listener.recv(1024):
            arrived += 1
    print(f"  1,000 sent without an error; {arrived} arrived. The rest found the receiver's buffer full.")


def clean():
    for name in (INBOX, PAID):
        delete_stream(name)


EXERCISE = [
    ("Create the streams", create),
    ("Three payments, and a forger", payments_and_a_forger),
    ("The answer to one is lost", lost_answer),
    ("Hand out bicycles, each payment once", hand_out),
]
EXPERIMENTS = [
    ("Call a receiver that is off", nobody_home),
    ("Count over UDP", udp),
]


if __name__ == "__main__":
    start(__doc__, EXERCISE, EXPERIMENTS, clean)

# Things to change and try:
#  1. Answer 200 before put_record. Make put_record fail once: who knows about the payment now?
#  2. Answer 400 where you mean "later", and 500 where you mean "never". What does the provider do each time?
#  3. Let the handler sleep six seconds before it answers (the provider waits five). How many records does one payment make?
#  4. Sign a time as well, and refuse what is older than five minutes. Which attack does the signature alone not stop?
