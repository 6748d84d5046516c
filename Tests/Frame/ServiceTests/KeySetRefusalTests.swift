import EventLoop
import HTTP
import HTTPServer
import Identity
import Routing
import ServerTestSupport
import TestSupport
import Testing

@testable import Service

/// Why an issuer's key set is not used, as the log has it.
@Suite struct KeySetRefusalTests {
  private struct Issuer: Responder {
    let status: Int
    let body: [UInt8]

    func respond(to request: Request) -> Response {
      Response(status: Status(code: status, reason: ""), body: body)
    }
  }

  private func refusal(of issuer: Issuer) async throws -> String? {
    let group = try EventLoopGroup(count: 1)
    group.start()
    defer { group.stop() }
    let server = HTTPServer(group: group, configuration: .forTests()) { _ in issuer }
    let address = try await server.start()
    let result = await TokenAuthority.fetch("http://\(address)/keys")
    await server.stop(drainSeconds: 0)
    guard case .failure(let refusal) = result else { return nil }
    return refusal.reason
  }

  @Test(arguments: [
    (200, #"{"keys":"#, "the answer is no usable key set: it is not a JSON object with a list"),
    (200, #"{"keys":[]}"#, "the answer is no usable key set: it has no key for Ed25519 signatures"),
    (200, #"{"keys":[{"kty":"OKP","d":"x"}]}"#, "the answer is no usable key set: it contains a private key"),
    (
      200, #"{"keys":[{"kty":"OKP","crv":"Ed25519"}]}"#, "the answer is no usable key set: an Ed25519 key has"
    ),
    (302, "", "the answer has the status 302 in place of 200; redirects are not followed"),
    (404, "", "the answer has the status 404 in place of 200"),
    (200, String(repeating: "x", count: JWKS.maximumBytes + 1), "The answer cannot be read: "),
  ])
  func `each fault of an issuer's answer has a reason of its own`(
    status: Int, body: String, reason: String
  ) async throws {
    let found = try await refusal(of: Issuer(status: status, body: Array(body.utf8)))
    #expect(found?.hasPrefix(reason) == true, "\(found ?? "none")")
  }

  @Test func `an issuer that is away is named with its port`() async throws {
    let port = try ReservedPort()
    guard case .failure(let refusal) = await TokenAuthority.fetch("http://127.0.0.1:\(port.number)/keys")
    else {
      Issue.record("it answered")
      return
    }
    #expect(refusal.reason.hasPrefix("Cannot connect to 127.0.0.1:\(port.number)"))
  }

  @Test func `the log shows a URL without its userinfo and its query`() {
    for (url, shown) in [
      ("https://issuer.test/keys", "https://issuer.test/keys"),
      ("https://name:secret@issuer.test:8443/keys?token=secret#a", "https://issuer.test:8443/keys"),
      ("http://a@b@issuer.test", "http://issuer.test"), ("http://issuer.test?a@b", "http://issuer.test"),
      ("nonsense", "nonsense"),
    ] { #expect(TokenAuthority.shown(url) == shown) }
  }
}
