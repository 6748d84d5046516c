// The cheapest request on Go's net/http, with the headers of backend-api's answer, and one that reads a body of JSON and
// writes it again. Usage: livez PORT
package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
)

type line struct {
	Article string  `json:"article"`
	Count   int     `json:"count"`
	Price   float64 `json:"price"`
}

type order struct {
	ID       int64    `json:"id"`
	Customer string   `json:"customer"`
	Email    string   `json:"email"`
	Paid     bool     `json:"paid"`
	Total    float64  `json:"total"`
	Note     *string  `json:"note,omitempty"`
	Tags     []string `json:"tags"`
	Lines    []line   `json:"lines"`
}

func echo(answer http.ResponseWriter, request *http.Request) {
	var body order
	if err := json.NewDecoder(http.MaxBytesReader(answer, request.Body, 1<<20)).Decode(&body); err != nil {
		http.Error(answer, err.Error(), http.StatusBadRequest)
		return
	}
	answer.Header().Set("Content-Type", "application/json")
	answer.Header().Set("X-Request-Id", "0123456789abcdef")
	json.NewEncoder(answer).Encode(body)
}

func main() {
	http.HandleFunc("POST /v1/echo", echo)
	http.HandleFunc("GET /livez", func(answer http.ResponseWriter, _ *http.Request) {
		answer.Header().Set("Content-Type", "application/json")
		answer.Header().Set("X-Request-Id", "0123456789abcdef")
		io.WriteString(answer, `{"status":"pass"}`)
	})
	panic(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
