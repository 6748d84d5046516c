import Cache
import Testing

@testable import RedisDriver

@Suite("Translation of a server's errors")
struct ReplyErrorTests {
  private func error(_ reply: String) -> CacheError {
    CacheError(reply: reply, to: [Array("get".utf8), Array("other:x".utf8)], account: "analytics-cache")
  }

  static let denials: [(String, CacheDenial.Subject)] = [
    ("NOPERM this user has no permissions to run the 'flushall' command", .command),
    ("NOPERM User x has no permissions to run the 'get' command", .command),
    ("NOPERM this user has no permissions to access one of the keys used as arguments", .key),
    ("NOPERM No permissions to access a key", .key),
    ("NOPERM No permissions to access a channel", .channel),
  ]

  @Test(arguments: denials)
  func `every wording of a denial gives a denial with its subject`(
    reply: String, subject: CacheDenial.Subject
  ) {
    guard case .permissionDenied(let denial) = error(reply) else {
      Issue.record("not a denial")
      return
    }
    #expect(denial.subject == subject)
    #expect(denial.command == "GET")
    #expect(denial.keySpace == "other:")
    #expect(denial.account == "analytics-cache")
  }

  @Test func `other errors keep their code, and a rejected account has its own case`() {
    #expect(error("WRONGPASS invalid") == .authenticationFailed(account: "analytics-cache"))
    #expect(error("NOAUTH Authentication required.") == .authenticationFailed(account: "analytics-cache"))
    #expect(error("WRONGTYPE not a list") == .refused(code: "WRONGTYPE", message: "not a list"))
    #expect(error("ERR") == .refused(code: "ERR", message: ""))
    #expect(error("") == .refused(code: "", message: ""))
  }

  @Test func `an error's description shows no key, no value and no server message`() {
    #expect("\(error("ERR value secret"))" == "the cache returned the error ERR")
  }
}
