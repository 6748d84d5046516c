import Cryptography
import Encoding
import HTTP
import Routing
import Schema
import Secrets
import TestSupport
import Testing

@testable import connector

/// Messages signed by the Standard Webhooks specification.
@Suite struct PlatformSignatureTests {
  /// The vector of the specification's own libraries; Python's `hmac.new(base64.b64decode(key), message, "sha256")`
  /// gives the same.
  private enum Vector {
    static let key = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    static let id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    static let second: Int64 = 1_614_265_330
    static let body = #"{"test": 2432232314}"#
    static let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
  }

  private func verify(
    secret: String = "whsec_" + Vector.key, id: String? = Vector.id, sent: String? = "\(Vector.second)",
    signature: String? = Vector.signature, body: String = Vector.body, at second: Int64 = Vector.second
  ) throws -> String {
    var headers = Headers()
    if let id { headers.append("Webhook-Id", id) }
    if let sent { headers.append("Webhook-Timestamp", sent) }
    if let signature { headers.append("Webhook-Signature", signature) }
    let request = try Request(.post, "/v1/platform-events", headers: headers, body: Array(body.utf8))
    let check = try #require(PlatformSignature(secret: Secret(secret)))
    return try check.verifiedID(of: request, now: Timestamp(secondsSinceEpoch: second))
  }

  private func sign(_ id: String, _ sent: String, key: [UInt8]) -> String {
    "v1," + Base64.encode(HMAC.sha256(Array("\(id).\(sent).\(Vector.body)".utf8), key: key))
  }

  @Test func `the test vector of the specification's libraries verifies`() throws {
    #expect(try verify() == Vector.id)
  }

  @Test func `a list of signatures takes time in proportion to its length`() {
    let isLinear = Growth.isLinear { size in
      #expect(throws: Problem.self) { try verify(signature: "v1," + Growth.marks(size)) }
    }
    #expect(isLinear)
  }

  @Test func `a secret without its prefix is base64 or plain text`() throws {
    #expect(try verify(secret: Vector.key) == Vector.id)
    for secret in ["plain text of a platform", Vector.key] {
      let signature = sign(Vector.id, "\(Vector.second)", key: Array(secret.utf8))
      #expect(try verify(secret: secret, signature: signature) == Vector.id)
    }
  }

  @Test(arguments: ["whsec_", "whsec_no base64", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", "whsec_===="])
  func `a prefix without base64 after it is refused`(secret: String) {
    #expect(PlatformSignature(secret: Secret(secret)) == nil)
  }

  @Test(arguments: ["", " ", String(repeating: " ", count: 40)])
  func `a secret of blanks is refused`(secret: String) {
    #expect(PlatformSignature(secret: Secret(secret)) == nil)
  }

  @Test(arguments: [
    "short", "fifteen letters", "whsec_AA==", "whsec_" + Base64.encode([UInt8](repeating: 1, count: 15)),
  ])
  func `a secret of fewer than 16 bytes works, and is called short`(secret: String) {
    #expect(PlatformSignature(secret: Secret(secret))?.isShort == true)
  }

  @Test(arguments: ["sixteen_letters_", "whsec_" + Base64.encode([UInt8](repeating: 1, count: 16))])
  func `a secret of 16 bytes is not short`(secret: String) {
    #expect(PlatformSignature(secret: Secret(secret))?.isShort == false)
  }

  @Test func `one valid signature among several is enough`() throws {
    let other = "v1," + Base64.encode([UInt8](repeating: 7, count: 32))
    let several = [
      "\(other) \(Vector.signature)", "\(Vector.signature) \(other)", "v1a,abcd \(Vector.signature)",
      "  \(Vector.signature)  ", "v1, \(Vector.signature)", "garbage \(Vector.signature)",
    ]
    for signature in several { #expect(try verify(signature: signature) == Vector.id) }
  }

  @Test func `signatures beyond the sixteenth are ignored`() {
    let others = [String](repeating: "v1,AAAA", count: PlatformSignature.maximumSignatures)
    #expect(throws: Problem.self) {
      try verify(signature: (others + [Vector.signature]).joined(separator: " "))
    }
  }

  @Test(arguments: [
    "", "v1,", "v1", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "V1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1Oe=",
    "v1,h0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  ])
  func `any other signature is refused`(signature: String) {
    #expect(throws: Problem.self) { try verify(signature: signature) }
  }

  @Test func `a changed or missing signed part is refused`() {
    #expect(throws: Problem.self) { try verify(id: "msg_other") }
    #expect(throws: Problem.self) { try verify(sent: "\(Vector.second + 1)") }
    #expect(throws: Problem.self) { try verify(body: Vector.body + " ") }
    #expect(throws: Problem.self) { try verify(id: nil) }
    #expect(throws: Problem.self) { try verify(sent: nil) }
    #expect(throws: Problem.self) { try verify(signature: nil) }
  }

  @Test(arguments: [-300, -299, 0, 299, 300] as [Int64])
  func `a sender's clock may differ by five minutes`(seconds: Int64) throws {
    #expect(try verify(at: Vector.second + seconds) == Vector.id)
  }

  @Test(arguments: [-301, 301, 86_400, -86_400] as [Int64])
  func `a message beyond the tolerance is refused`(seconds: Int64) {
    #expect(throws: Problem.self) { try verify(at: Vector.second + seconds) }
  }

  @Test(arguments: [
    "", " ", "now", "+1614265330", "-1", "1614265330.0", "1614265330 ", "0x6037BD72", "１６１４２６５３３０",
    "\(Int64.max)", "\(Int64.min)", "\(Int64.min + 1_614_265_330)", "\(Int64.min + 1_614_265_331)",
    "9223372036854775808", "18446744075323816946",
  ])
  func `a time that is not a plain number or out of range is refused without overflow`(sent: String) {
    let signature = sign(Vector.id, sent, key: Base64.decode(Vector.key) ?? [])
    #expect(throws: Problem.self) { try verify(sent: sent, signature: signature) }
  }

  @Test(arguments: ["", "msg.1", ".", String(repeating: "m", count: 129)])
  func `an id with a full stop, or one that is too long, is refused`(id: String) {
    let signature = sign(id, "\(Vector.second)", key: Base64.decode(Vector.key) ?? [])
    #expect(throws: Problem.self) { try verify(id: id, signature: signature) }
  }

  @Test func `every refusal has the same answer`() throws {
    let problems = [
      #expect(throws: Problem.self) { try verify(id: nil) },
      #expect(throws: Problem.self) { try verify(at: 0) },
      #expect(throws: Problem.self) { try verify(body: "") },
    ]
    #expect(Set(problems).count == 1)
    #expect(problems.first??.status == .unauthorized)
  }
}
