import HTTPTypes
import Hummingbird
import Logging

// The routes of the comparison, with the headers of backend-api's answer. Usage: hummingbird-peer PORT

struct Line: Codable {
  let article: String
  let count: Int
  let price: Double
}

struct Order: ResponseCodable {
  let id: Int64
  let customer: String
  let email: String
  let paid: Bool
  let total: Double
  let note: String?
  let tags: [String]
  let lines: [Line]
}

guard let requestID = HTTPField.Name("X-Request-Id"),
  let port = CommandLine.arguments.last.flatMap({ Int($0) })
else {
  fatalError("usage: hummingbird-peer PORT")
}

let router = Router()
router.get("livez") { _, _ in
  Response(
    status: .ok,
    headers: [.contentType: "application/json", requestID: "0123456789abcdef"],
    body: ResponseBody(byteBuffer: ByteBuffer(string: #"{"status":"pass"}"#)))
}
router.post("v1/echo") { request, context in try await request.decode(as: Order.self, context: context) }

var logger = Logger(label: "hummingbird")
logger.logLevel = .error
let application = Application(
  router: router,
  configuration: .init(address: .hostname("127.0.0.1", port: port)),
  logger: logger)
try await application.runService()
