-- Each request has a body of 300 bytes of JSON.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"id":1234567,"customer":"Ada Lovelace","email":"ada@example.org","paid":true,"total":129.95,'
  .. '"note":"Leave it at the door, please.","tags":["new","gift","express"],'
  .. '"lines":[{"article":"A-1001","count":2,"price":24.5},{"article":"B-2002","count":1,"price":80.95},'
  .. '{"article":"C-30","count":4,"price":0.5}]}'
