// The cheapest request on Go's net/http, with the headers of backend-api's answer. Usage: livez PORT
package main

import (
	"io"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("GET /livez", func(answer http.ResponseWriter, _ *http.Request) {
		answer.Header().Set("Content-Type", "application/json")
		answer.Header().Set("X-Request-Id", "0123456789abcdef")
		io.WriteString(answer, `{"status":"pass"}`)
	})
	panic(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
