import HTTP
import Routing

/// A path finds one route, and the path made of that route's parameters finds it again with the same parameters.
enum RouterTarget {
  private static let templates = [
    "/", "/v1/users", "/v1/users/{id}", "/v1/users/me", "/v1/users/{id}/settings", "/v1/{kind}/me/{name}",
    "/v1/settings/{name}", "/{a}/{b}/{c}/{d}",
  ]
  private static let methods: [Method] = [.get, .head, .post, .put, .options, .delete]
  private static let responder = makeResponder()

  static func check(_ input: UnsafeRawBufferPointer) {
    guard let first = input.first else { return }
    let target = String(decoding: input.dropFirst(), as: UTF8.self)
    let method = methods[Int(first) % methods.count]
    guard let found = response(method, target) else { return }
    let expected = [200, 204, 400, 404, 405]
    demand(expected.contains(found.status.code), "the router answered \(found.status)")
    guard found.status == .ok else { return }
    let words = String(decoding: found.body, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    FuzzTarget.plant(where: words[0] == "/v1/users/{id}" && words[1] != "7")
    let again = response(method, path(of: words.map(String.init)))
    demand(again?.body == found.body, "'\(target)' and the path of its parameters differ")
  }

  private static func response(_ method: Method, _ target: String) -> Response? {
    guard let request = try? Request(method, target) else { return nil }
    guard case .now(let response) = responder.begin(request) else {
      demand(false, "an immediate route needed a task")
      return nil
    }
    return response
  }

  /// The template in the first line, with the values in the others.
  private static func path(of lines: [String]) -> String {
    var values = lines.dropFirst()
    return lines[0].split(separator: "/", omittingEmptySubsequences: false).map { segment in
      segment.hasPrefix("{") ? PercentEncoding.encode(values.removeFirst()) : String(segment)
    }.joined(separator: "/")
  }

  private static func makeResponder() -> RouterResponder {
    var router = Router()
    for template in templates {
      let names = template.split(separator: "/").filter { $0.hasPrefix("{") }.map {
        $0.dropFirst().dropLast()
      }
      router.get(template, summary: template, access: .anyone, traits: .anyQuery) { _, context in
        let values = names.map { context.parameters[String($0)] ?? "" }
        // A line for each value: one with a line break in it could not be read back.
        guard !values.contains(where: { $0.utf8.contains(10) }) else { return .noContent() }
        return .text(([context.template] + values).joined(separator: "\n"))
      }
    }
    return router.build()
  }
}
