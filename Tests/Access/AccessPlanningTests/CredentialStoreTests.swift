import DatabaseTestSupport
import Foundation
import Secrets
import TestSupport
import Testing

@testable import AccessPlanning

@Suite struct CredentialStoreTests {
  private let folder: TemporaryFolder
  private let store: CredentialStore

  init() throws {
    folder = try TemporaryFolder()
    store = CredentialStore(directory: folder.file("credentials"))
  }

  private func mode(_ name: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: "\(store.directory)/\(name)")[.posixPermissions] as? Int
  }

  @Test func `each account without a password gets one that only the file's owner can read`() throws {
    #expect(try store.createMissing(for: ["a-rw", "b-rw"]) == ["a-rw", "b-rw"])
    #expect(try mode("a-rw") == 0o600)
    let first = try store.password(of: "a-rw").reveal()
    #expect(first.count >= 43)
    #expect(try store.password(of: "b-rw").reveal() != first)
    #expect(try store.createMissing(for: ["a-rw", "b-rw", "c-rw"]) == ["c-rw"])
    #expect(try store.password(of: "a-rw").reveal() == first)
  }

  @Test func `creating credentials leaves no other file in the directory`() throws {
    _ = try store.createMissing(for: ["a-rw"])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: store.directory).sorted() == [".created", "a-rw"])
  }

  @Test func `concurrent operators create one password for an account`() async throws {
    let store = store
    try await withThrowingTaskGroup(of: [String].self) { group in
      for _ in 0..<8 { group.addTask { try store.createMissing(for: ["a-rw"]) } }
      var makers = 0
      for try await created in group { makers += created.count }
      #expect(makers == 1)
    }
    #expect(try !store.password(of: "a-rw").isEmpty)
  }

  @Test(arguments: [0o644, 0o640, 0o604, 0o620, 0o777])
  func `a file that other accounts may read or write is refused`(_ mode: Int) throws {
    _ = try store.createMissing(for: ["a-rw"])
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: "\(store.directory)/a-rw")
    let failure = #expect(throws: CredentialStore.Failure.self) { try store.password(of: "a-rw") }
    #expect(
      failure == .readableByOthers(path: "\(store.directory)/a-rw", mode: String(mode, radix: 8)))
  }

  @Test(arguments: [0o777, 0o770, 0o720, 0o702])
  func `a folder whose files other accounts may replace is refused for reading and for writing`(
    _ mode: Int
  ) throws {
    _ = try store.createMissing(for: ["a-rw"])
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: store.directory)
    let refused = CredentialStore.Failure.writableByOthers(
      path: store.directory, mode: String(mode, radix: 8))
    #expect(throws: refused) { try store.password(of: "a-rw") }
    #expect(throws: refused) { try store.createMissing(for: ["b-rw"]) }
    #expect(throws: refused) { try store.replace("a-rw", with: Secret("new")) }
  }

  @Test func `a folder with the sticky bit is read, because others cannot replace a file in it`() throws {
    _ = try store.createMissing(for: ["a-rw"])
    #expect(chmod(store.directory, 0o1777) == 0)
    #expect(try !store.password(of: "a-rw").isEmpty)
  }

  @Test(.enabled(if: geteuid() == 0, "only root can give a file to another account"))
  func `a file of another account is refused, unless the folder is that account's`() throws {
    _ = try store.createMissing(for: ["a-rw"])
    let path = "\(store.directory)/a-rw"
    #expect(chown(path, 65_534, 65_534) == 0)
    #expect(throws: CredentialStore.Failure.foreignOwner(path: path, owner: 65_534)) {
      try store.password(of: "a-rw")
    }
    #expect(chown(store.directory, 65_534, 65_534) == 0)
    #expect(try !store.password(of: "a-rw").isEmpty)
    #expect(chmod(store.directory, 0o1777) == 0)
    #expect(throws: CredentialStore.Failure.foreignOwner(path: path, owner: 65_534)) {
      try store.password(of: "a-rw")
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `a pipe and a folder are refused without blocking`() throws {
    _ = try store.createMissing(for: [])
    #expect(mkfifo("\(store.directory)/a-rw", 0o600) == 0)
    #expect(mkdir("\(store.directory)/b-rw", 0o700) == 0)
    for account in ["a-rw", "b-rw"] {
      let refused = CredentialStore.Failure.malformed(
        path: "\(store.directory)/\(account)", reason: "it is not a regular file")
      #expect(throws: refused) { try store.password(of: account) }
    }
  }

  @Test func `the error for a missing file names the next step`() {
    let failure = #expect(throws: CredentialStore.Failure.self) { try store.password(of: "a-rw") }
    #expect(failure?.description.contains("bulkhead access credentials") == true)
    #expect(failure?.description.contains("CREDENTIALS_DIR") == true)
  }

  @Test(arguments: ["", ".", "..", "../a", "a/b", ".hidden"])
  func `a name that would leave the directory is refused`(_ name: String) {
    #expect(throws: CredentialStore.Failure.invalidName(name)) { try store.password(of: name) }
  }

  @Test(arguments: [
    ("", "it is empty"), ("\n", "it is empty"), ("two\nlines", "it has more than one line"),
    (String(repeating: "x", count: 1100), "it has more than 1024 bytes"),
    ("a\rb", "it has a carriage return"), ("\u{FEFF}a", "it has a byte order mark"),
  ])
  func `a file that is not one line of text is refused, with the reason`(
    _ content: String, _ reason: String
  ) throws {
    try store.replace("a-rw", with: Secret(content))
    let failure = #expect(throws: CredentialStore.Failure.self) { try store.password(of: "a-rw") }
    let text = failure?.description ?? ""
    #expect(text.contains("\(store.directory)/a-rw") && text.contains(reason), "\(text)")
  }

  @Test func `the trailing newline is not part of the password`() throws {
    try store.replace("a-rw", with: Secret("secret\n"))
    #expect(try store.password(of: "a-rw").reveal() == "secret")
  }

  @Test func `a rotation replaces the file`() throws {
    _ = try store.createMissing(for: ["a-rw"])
    try store.replace("a-rw", with: Secret("next"))
    #expect(try store.password(of: "a-rw").reveal() == "next")
    #expect(try mode("a-rw") == 0o600)
  }

  @Test func `a rotation adds the next password, promotes it, and forgets the former one`() throws {
    _ = try store.createMissing(for: ["a-rw"])
    let first = try store.password(of: "a-rw")
    let issued = try store.issued("a-rw")
    let added = try store.addNext(to: "a-rw", at: 5)
    #expect(try store.content(of: "a-rw") == added && added.current == first)
    #expect(try store.issued("a-rw").tv_sec == issued.tv_sec && mode("a-rw") == 0o600)
    let promoted = try store.promoteNext(of: "a-rw", moment: 7)
    #expect(promoted.passwords == added.passwords.reversed())
    #expect(try store.promoteNext(of: "a-rw", moment: 8) == promoted)
    try store.forgetFormer(of: "a-rw")
    #expect(try store.content(of: "a-rw").passwords == [added.passwords[1]])
    #expect(store.generatedNames(besides: []) == ["a-rw"])
    #expect(store.generatedNames(besides: ["a-rw"]).isEmpty)
  }

  @Test func `only a file that was made for an account is recorded, until it is removed`() throws {
    _ = try store.createMissing(for: ["a-rw", "b-rw"])
    let token = try store.password(of: "a-rw")
    for name in ["grafana-token", "old-rw"] { try store.replace(name, with: token) }
    #expect(store.generatedNames(besides: []) == ["a-rw", "b-rw", "grafana-token", "old-rw"])
    #expect(store.createdNames(besides: ["b-rw"]) == ["a-rw"])
    // The folder of an earlier release has files without a record.
    #expect(try store.createMissing(for: ["old-rw"]) == [])
    #expect(store.createdNames(besides: []) == ["a-rw", "b-rw", "old-rw"])
    try store.remove("a-rw")
    try store.replace("a-rw", with: token)
    #expect(store.createdNames(besides: []) == ["b-rw", "old-rw"])
    // Others must not be able to make a file removable.
    #expect(chmod("\(store.directory)/.created", 0o666) == 0)
    #expect(store.createdNames(besides: []) == [])
  }

  @Test func `two rotations of one folder exclude each other until the first one ends`() throws {
    var lock: RotationLock? = try store.lockForRotation()
    #expect(throws: CredentialStore.Failure.self) { try store.lockForRotation() }
    withExtendedLifetime(lock) {}
    lock = nil
    _ = try store.lockForRotation()
  }
}
