#!/usr/bin/env bash
# The health check of the composed fleet's ingress, whose image has no HTTP client.
exec 3<>/dev/tcp/127.0.0.1/8404
printf 'GET /livez HTTP/1.0\r\n\r\n' >&3
grep -q '200 OK' <&3
