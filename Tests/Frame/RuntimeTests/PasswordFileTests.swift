import AccessPlanning
import Foundation
import Runtime
import Secrets
import TestSupport
import Testing

/// One file has one password, whichever program reads it.
@Suite struct PasswordFileTests {
  private let folder: TemporaryFolder
  private let store: CredentialStore
  private var path: String { "\(store.directory)/connector-rw" }

  init() throws {
    folder = try TemporaryFolder()
    store = CredentialStore(directory: folder.file("credentials"))
    _ = try store.createMissing(for: ["connector-rw"])
  }

  private func fill(_ text: String) throws {
    let descriptor = open(path, O_WRONLY | O_TRUNC)
    defer { close(descriptor) }
    #expect(write(descriptor, text, text.utf8.count) == text.utf8.count)
  }

  /// The password by the tool, by a service that starts, and by a service that connects again.
  private func readings() -> [String?] {
    var environment = EnvironmentReader(variables: ["DB_PASS_FILE": path]) { try PlainFile.text(of: $0) }
    let ofService = environment.optionalCredential("DB_PASS")?.initial.reveal()
    return [
      (try? store.password(of: "connector-rw"))?.reveal(), ofService,
      CredentialSource.file(path, initial: Secret("initial")).read()?.current.reveal(),
    ]
  }

  @Test(arguments: [
    ("p w\n", "p w"), ("p\r\n", "p"), ("p", "p"), (" p \n", " p "), ("p\u{E9}\n", "p\u{E9}"),
    ("p\nnext 1 q\n", "p"), ("p\r\r\n", nil), ("p\rq\n", nil), ("p\r", nil), ("p\n\n", nil), ("\n", nil),
    ("", nil), ("\u{FEFF}p\n", nil), ("p\tq\n", nil), ("p\u{0}\n", nil), ("p\u{2028}", nil), ("p\u{85}", nil),
    ("p\r\nnext 1 q\n", nil), ("p\nnext 1 q\r\r\n", nil), ("p\nq\n", nil),
  ])
  func `the tool and the services read the same password, or none`(
    _ content: String, _ password: String?
  ) throws {
    try fill(content)
    #expect(readings() == [password, password, password])
  }

  @Test func `a file that holds no password is a problem of its variable, with the reason`() throws {
    try fill("hunter2\rhunter2\n")
    var environment = EnvironmentReader(variables: ["DB_PASS_FILE": path]) { try PlainFile.text(of: $0) }
    _ = environment.requiredCredential("DB_PASS")
    #expect(environment.problems.map(\.variable) == ["DB_PASS_FILE"])
    #expect(environment.problems.first?.message.contains("carriage return") == true)
    #expect(!"\(environment.problems)".contains("hunter2"))
  }

  @Test(arguments: ["hunter2\r", "hunter2\n", "\u{FEFF}hunter2"])
  func `a password in a variable has no characters that a file may not have`(_ value: String) {
    var environment = EnvironmentReader(variables: ["DB_PASS": value]) { _ in "" }
    _ = environment.requiredCredential("DB_PASS")
    _ = environment.requiredSecret("DB_PASS")
    #expect(environment.problems.map(\.variable) == ["DB_PASS", "DB_PASS"])
    #expect(!"\(environment.problems)".contains("hunter2"))
  }
}
