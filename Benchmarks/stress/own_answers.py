"""What the server answers itself: each answer has one line in the log and counts once in the metrics."""
import json
import socket
import time

from service import running, verdict

TIMES = 20
HEADER_SECONDS = 1
REQUESTS = {
    400: b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    408: b"GET / HTTP/1.1\r\nHost: a\r\n",
    413: b"POST /v1/users HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n",
    414: b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    417: b"POST /v1/users HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\nContent-Length: 2\r\n\r\n{}",
    431: b"GET / HTTP/1.1\r\nHost: a\r\nX-A: " + b"a" * 17000 + b"\r\n\r\n",
    501: b"POST /v1/users HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
    505: b"GET / HTTP/3.0\r\nHost: a\r\n\r\n",
}
PER_ADDRESS = 50


def own_answers(options):
    settings = {"HTTP_HEADER_TIMEOUT": str(HEADER_SECONDS), "HTTP_MAX_CONNECTIONS_PER_ADDRESS": str(PER_ADDRESS)}
    with running(options, settings) as service:
        wrong = unlogged = uncounted = unnamed = 0
        for status, request in REQUESTS.items():
            counted = service.metric("http_requests_total", status=status)
            answers = send(service, request)
            wrong += sum(not answer.startswith(f"HTTP/1.1 {status} ") for answer in answers)
            names = [identity(answer) for answer in answers]
            counted = service.metric("http_requests_total", status=status) - counted
            logged = [json.loads(line)["metadata"].get("request_id") for line in service.lines(f'"status":{status}')]
            unnamed += names.count(None)
            unlogged += sum(logged.count(name) != 1 for name in names)
            uncounted += abs(counted - TIMES)
            print(f"stress: {status}: {len(answers)} answers, {counted:.0f} counted, "
                  f"{sum(name in logged for name in names)} in the log")
        refused = refusals(service)
        print(f"stress: 503 at the limit of an address: {refused['sent']} answers, {refused['counted']:.0f} counted, "
              f"{refused['logged']} in the sums of {refused['lines']} lines")
        return all([
            verdict("answers of another status than expected", wrong, 0),
            verdict("answers without a request id", unnamed, 0),
            verdict("answers that are not in the log exactly once", unlogged, 0),
            verdict("answers too many or too few in the metrics", uncounted, 0),
            verdict("connections beyond the limit that were not refused", TIMES - refused["sent"], 0),
            verdict("refused connections too many or too few in the metrics", abs(refused["counted"] - refused["sent"]), 0),
            verdict("refused connections too many or too few in the log's sums", abs(refused["logged"] - refused["sent"]), 0),
        ])


def send(service, request):
    """The answers to one request, each on a connection of its own; all are under way at once."""
    clients = [socket.create_connection(("127.0.0.1", service.port), timeout=20) for _ in range(TIMES)]
    for client in clients:
        client.sendall(request)
    answers = [read(client) for client in clients]
    # The line of an answer follows its bytes.
    time.sleep(0.3)
    return answers


def read(client):
    answer = b""
    try:
        while data := client.recv(65536):
            answer += data
    except OSError:
        pass
    client.close()
    return answer.decode("latin-1")


def identity(answer):
    for line in answer.split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "x-request-id":
            return value.strip()
    return None


def refusals(service):
    """Connections beyond the limit of one address: the log sums them up, once a second."""
    counted = service.metric("http_connections_refused_total")
    held = [connection(service) for _ in range(PER_ADDRESS)]
    time.sleep(0.5)
    beyond = [connection(service) for _ in range(TIMES)]
    answers = [read(client) for client in beyond]
    time.sleep(2.5)
    for client in held:
        client.close()
    lines = [json.loads(line)["metadata"] for line in service.lines("connections at their limit")]
    return {
        "sent": sum(answer.startswith("HTTP/1.1 503 ") for answer in answers),
        "counted": service.metric("http_connections_refused_total") - counted,
        "logged": sum(int(line["refused_by_address"]) for line in lines), "lines": len(lines),
    }


def connection(service):
    client = socket.socket()
    client.bind(("127.0.0.6", 0))
    client.settimeout(20)
    client.connect(("127.0.0.1", service.port))
    return client
