import HTTP
import JSON
import Routing
import Testing

@Suite struct OpenAPITests {
  private let document: JSONValue

  init() throws {
    var router = Router()
    let user = DataShape.object([
      .init("id", .integer), .init("created_at", .timestamp), .init("role", .choice(["member", "operator"])),
      .init("note", .optional(.string), isRequired: false),
    ])
    router.get(
      "/v1/users", summary: "Lists users", access: .operators,
      query: [.init("limit", .range(1...200), summary: "How many.")],
      answer: Answer(.ok, .object([.init("items", .list(user)), .init("next", .optional(.string))]))
    ) { _, _ in .noContent() }
    router.post(
      "/v1/users", summary: "Signs up", access: .anyone, body: .object([.init("email", .string)]),
      problems: [.conflict]
    ) { _, _ in .noContent() }
    router.put(
      "/v1/settings/{name}", summary: "Stores a setting", access: .signedIn,
      answer: Answer(orCreating: .created), traits: [.idempotent, .conditional]
    ) { _, _ in .noContent() }
    router.get(
      "/v1/settings/{name}", summary: "Reads a setting", access: .signedIn, traits: .conditional
    ) { _, _ in .noContent() }
    router.delete("/v1/users/{id}", summary: "Removes a user", access: .signedIn) { _, _ in .noContent() }
    router.get(
      "/metrics", summary: "Figures", access: .anyone,
      answer: Answer(.ok, contentType: "text/plain", .string), traits: .anyQuery
    ) {
      _, _ in .noContent()
    }
    document = try JSONCoding.decode(JSONValue.self, from: router.openAPI(title: "T", version: "1.2.3"))
  }

  private func operation(_ path: String, _ method: String) -> JSONValue? { document["paths"]?[path]?[method] }

  private func statuses(_ path: String, _ method: String) -> [String] {
    guard case .object(let members) = operation(path, method)?["responses"] else { return [] }
    return members.map(\.name)
  }

  @Test func `the document names the versions of the standard and the service`() {
    #expect(document["openapi"]?.string == "3.1.0")
    #expect(document["info"]?["title"]?.string == "T" && document["info"]?["version"]?.string == "1.2.3")
    #expect(document["servers"]?[0]?["url"]?.string == "/")
  }

  @Test func `the methods of one path share an entry, and each has its own operation id`() {
    #expect(operation("/v1/users", "get")?["operationId"]?.string == "get_v1_users")
    #expect(operation("/v1/users", "post")?["operationId"]?.string == "post_v1_users")
    #expect(operation("/v1/users/{id}", "delete")?["operationId"]?.string == "delete_v1_users_id")
  }

  @Test func `the document describes placeholders and query parameters`() {
    #expect(
      document["paths"]?["/v1/users/{id}"]?["parameters"]?[0]
        == ["name": "id", "in": "path", "required": true, "schema": ["type": "integer", "format": "int64"]])
    let query = operation("/v1/users", "get")?["parameters"]?[0]
    #expect(query?["in"]?.string == "query")
    #expect(query?["required"]?.bool == false)
    #expect(query?["description"]?.string == "How many.")
    #expect(query?["schema"] == ["type": "integer", "minimum": 1, "maximum": 200])
  }

  @Test func `the error responses follow from access, placeholders and body`() {
    #expect(statuses("/v1/users", "get") == ["200", "400", "401", "403", "503", "default"])
    #expect(statuses("/v1/users", "post") == ["201", "400", "409", "413", "415", "422", "default"])
    #expect(statuses("/v1/users/{id}", "delete") == ["204", "400", "401", "404", "429", "503", "default"])
    #expect(statuses("/metrics", "get") == ["200", "default"])
  }

  @Test func `a route with restricted access lists its security scheme`() {
    #expect(operation("/v1/users", "get")?["security"] == [["bearer": []]])
    #expect(operation("/v1/users", "post")?["security"] == [])
    #expect(document["components"]?["securitySchemes"]?["bearer"]?["scheme"]?.string == "bearer")
  }

  @Test func `shapes become schemas`() {
    let schema = operation("/v1/users", "get")?["responses"]?["200"]?["content"]?["application/json"]?[
      "schema"]
    let item = schema?["properties"]?["items"]?["items"]
    #expect(item?["properties"]?["created_at"] == ["type": "string", "format": "date-time"])
    #expect(item?["properties"]?["role"]?["enum"] == ["member", "operator"])
    #expect(item?["required"] == ["id", "created_at", "role"])
    #expect(schema?["properties"]?["next"]?["anyOf"] == [["type": "string"], ["type": "null"]])
    let metrics = operation("/metrics", "get")?["responses"]?["200"]?["content"]
    #expect(metrics?["text/plain"] != nil)
    #expect(operation("/v1/users/{id}", "delete")?["responses"]?["204"]?["content"] == nil)
  }

  @Test func `a route that may create has both statuses, with the same body`() {
    let responses = operation("/v1/settings/{name}", "put")?["responses"]
    #expect(responses?["200"]?["content"] != nil)
    #expect(responses?["201"]?["content"] == responses?["200"]?["content"])
    #expect(operation("/v1/users", "get")?["responses"]?["201"] == nil)
  }

  @Test func `every problem refers to a response of the components, which has the codes of its status`()
    throws
  {
    let reference = operation("/v1/users", "post")?["responses"]?["409"]?["$ref"]?.string
    #expect(reference == "#/components/responses/Conflict")
    let response = document["components"]?["responses"]?["Conflict"]
    let content = response?["content"]?["application/problem+json"]
    #expect(content?["schema"]?["$ref"]?.string == "#/components/schemas/Problem")
    #expect(try #require(response?["description"]?.string).contains("`email_taken`"))
    #expect(
      document["components"]?["schemas"]?["Problem"]?["required"] == ["type", "title", "status", "code"])
  }

  @Test func `the schema of a request is closed, and that of a response is not`() {
    let request = operation("/v1/users", "post")?["requestBody"]?["content"]?["application/json"]
    #expect(request?["schema"]?["additionalProperties"]?.bool == false)
    #expect(request?["example"] == ["email": "text"])
    let response = operation("/v1/users", "get")?["responses"]?["200"]?["content"]?["application/json"]
    #expect(response?["schema"]?["additionalProperties"] == nil)
  }

  @Test func `every reference leads to a component`() throws {
    let text = String(decoding: try JSONCoding.encode(document), as: UTF8.self)
    let references = text.split(separator: "\"$ref\":\"").dropFirst().map { $0.prefix { $0 != "\"" } }
    #expect(references.count > 10)
    for reference in Set(references) {
      let names = reference.split(separator: "/").dropFirst().map(String.init)
      #expect(names.reduce(document as JSONValue?) { $0?[$1] } != nil, "\(reference)")
    }
  }

  @Test func `traits show as header fields and problems`() {
    #expect(
      operation("/v1/settings/{name}", "put")?["parameters"] == [
        ["$ref": "#/components/parameters/IdempotencyKey"], ["$ref": "#/components/parameters/IfMatch"],
        ["$ref": "#/components/parameters/IfNoneMatch"],
      ])
    #expect(
      statuses("/v1/settings/{name}", "put")
        == ["200", "201", "400", "401", "404", "409", "412", "422", "429", "503", "default"])
    let unchanged = operation("/v1/settings/{name}", "get")?["responses"]?["304"]
    #expect(unchanged?["headers"]?["ETag"] != nil && unchanged?["content"] == nil)
    #expect(!statuses("/v1/settings/{name}", "put").contains("304"))
    let headers = operation("/v1/settings/{name}", "put")?["responses"]?["201"]?["headers"]
    #expect(headers?["ETag"] != nil && headers?["Location"] != nil)
  }
}
