import Secrets
import Testing

/// The ways in which Swift converts a value to text implicitly.
@Suite struct SecretTests {
  private struct Account {
    let name = "backend-api-rw"
    let password = secret
  }

  private static let value = "correct horse"
  private static let secret = Secret(value)

  static let texts: [(name: String, make: @Sendable () -> String)] = [
    ("description", { secret.description }),
    ("debugDescription", { secret.debugDescription }),
    ("interpolation", { "\(secret)" }),
    ("String(describing:)", { String(describing: secret) }),
    ("String(reflecting:)", { String(reflecting: secret) }),
    ("print", { printed { print(secret, to: &$0) } }),
    ("debugPrint", { printed { debugPrint(secret, to: &$0) } }),
    ("dump", { printed { dump(secret, to: &$0) } }),
    ("interpolation of an array", { "\([secret])" }),
    ("interpolation of an optional", { String(describing: Secret?.some(secret)) }),
    ("interpolation of its holder", { "\(Account())" }),
    ("dump of its holder", { printed { dump(Account(), to: &$0) } }),
    ("dump of a dictionary", { printed { dump(["a": secret], to: &$0) } }),
    ("mirror", { mirrored(secret) }),
    ("mirror of its holder", { mirrored(Account()) }),
  ]

  @Test(arguments: texts.map(\.name))
  func `no way of making text of a secret shows its value`(_ name: String) throws {
    let text = try #require(Self.texts.first { $0.name == name }).make()
    #expect(!text.contains(Self.value))
    #expect(text.lowercased().contains("secret"))
  }

  @Test func `a mirror of a secret has no children`() {
    #expect(Mirror(reflecting: Self.secret).children.isEmpty)
  }

  @Test func `the value leaves by reveal alone`() {
    #expect(Self.secret.reveal() == Self.value)
  }

  @Test func `secrets are equal when their values are, and an empty one reports that it is empty`() {
    #expect(Self.secret == Secret(Self.value))
    #expect(Self.secret != Secret("another"))
    #expect(Secret("").isEmpty)
    #expect(!Self.secret.isEmpty)
  }

  private static func printed(_ body: (inout String) -> Void) -> String {
    var text = ""
    body(&text)
    return text
  }

  /// Everything that a mirror leads to.
  private static func mirrored(_ value: Any) -> String {
    let mirror = Mirror(reflecting: value)
    return "\(mirror.subjectType) "
      + mirror.children.map { "\($0.label ?? "") \($0.value) \(mirrored($0.value))" }.joined(separator: " ")
  }
}
