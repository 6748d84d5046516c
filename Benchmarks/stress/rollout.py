"""Two services are replaced one after the other while clients keep their connections alive, alone and behind a proxy."""
import os
import re
import signal
import socket
import subprocess
import sys
import time

from service import Service, figures, free_port, raw, verdict

CLIENTS = 64
LEAST_REQUESTS = 100_000
MOST_REPLACEMENTS = 40
SETTINGS = {"SHUTDOWN_DELAY": "1"}


def rollout(options):
    return all([replaced(options, behind_proxy=False), replaced(options, behind_proxy=True)])


def replaced(options, behind_proxy):
    services = [Service(options, SETTINGS, free_port()) for _ in range(2)]
    ports = [service.port for service in services]
    proxy = None
    where = "behind a proxy that pools its connections" if behind_proxy else "without a proxy"
    good = failed = other = wrong = count = 0
    try:
        proxy = Proxy(options, ports) if behind_proxy else None
        token = services[0].member()
        while good < LEAST_REQUESTS and count < MOST_REPLACEMENTS:
            load = services[0].load(CLIENTS, 12, raw("GET", "/v1/settings", token), ports=[proxy.port] if proxy else ports)
            for number in (0, 1):
                code, _ = services[number].stop()
                wrong += code != 0
                services[number] = Service(options, SETTINGS, ports[number])
                count += 1
            result = figures(load)
            good, failed, other = good + result["good"], failed + result["failed"], other + result["other"] + result["refused"]
        print(f"stress: {count} services replaced under {good:.0f} requests of {CLIENTS} connections {where}")
        if proxy:
            print(f"stress: the proxy reached a closed port {proxy.count('Connection refused')} times, and lost "
                  f"{proxy.count('prematurely closed|reset by peer')} of its own connections with a request on them")
        return all([
            verdict(f"requests during the roll-outs {where}", good, LEAST_REQUESTS, at_least=True),
            verdict(f"answers other than good ones {where}", other, 0),
            verdict(f"lost connections {where}", failed, 0),
            verdict(f"exit codes other than 0 {where}", wrong, 0),
        ])
    finally:
        if proxy:
            proxy.stop()
        for service in services:
            if service.process.poll() is None:
                service.stop()


class Proxy:
    """nginx with connections to both services that it keeps and shares among its clients."""

    CONFIGURATION = """
daemon off;
worker_processes 1;
pid {folder}/proxy.pid;
error_log {folder}/proxy-error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/proxy-body;
  proxy_temp_path {folder}/proxy-proxy;
  fastcgi_temp_path {folder}/proxy-fastcgi;
  uwsgi_temp_path {folder}/proxy-uwsgi;
  scgi_temp_path {folder}/proxy-scgi;
  upstream fleet {{ {servers} keepalive 64; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://fleet;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $remote_addr;
    }}
  }}
}}
"""

    def __init__(self, options, ports):
        self.port, self.log = free_port(), os.path.join(options.work, "proxy-error.log")
        open(self.log, "w", encoding="utf-8").close()
        path = os.path.join(options.work, "proxy.conf")
        servers = " ".join(f"server 127.0.0.1:{port} max_fails=0;" for port in ports)
        with open(path, "w", encoding="ascii") as file:
            file.write(self.CONFIGURATION.format(folder=options.work, servers=servers, port=self.port))
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-p", options.work, "-e", self.log, "-c", path])
        deadline = time.monotonic() + 10
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.terminate()
                sys.exit(f"stress: the proxy did not start; see {self.log}")
            time.sleep(0.05)

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def count(self, pattern):
        """The lines of its log that have one of these texts."""
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return sum(re.search(pattern, line) is not None for line in file)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=10)
