import Foundation
import Secrets
import Testing

struct CredentialSourceTests {
  private let folder = NSTemporaryDirectory() + "credential-" + UUID().uuidString

  private func withFolder(_ body: () throws -> Void) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body()
  }

  private func write(_ text: String, to name: String) throws {
    try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
  }

  @Test func `a fixed credential is its value`() {
    #expect(CredentialSource.fixed(Secret("a")).read() == CredentialText(Secret("a")))
  }

  @Test func `a file is read for each use, without its trailing newline`() throws {
    try withFolder {
      try write("first\n", to: "password")
      let source = CredentialSource.file("\(folder)/password", initial: Secret("first"))
      #expect(source.read() == CredentialText(Secret("first")))
      try write("second", to: "password")
      #expect(source.read() == CredentialText(Secret("second")))
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `a pipe in the file's place is not waited for, and holds no credential`() throws {
    try withFolder {
      #expect(mkfifo("\(folder)/password", 0o600) == 0)
      let source = CredentialSource.file("\(folder)/password", initial: Secret("first"))
      #expect(source.read() == nil)
    }
  }

  @Test func `a mounted secret whose link is moved to another folder is followed`() throws {
    try withFolder {
      let files = FileManager.default
      for (version, text) in [("v1", "first"), ("v2", "second")] {
        try files.createDirectory(atPath: "\(folder)/\(version)", withIntermediateDirectories: true)
        try write(text, to: "\(version)/password")
      }
      try files.createSymbolicLink(atPath: "\(folder)/data", withDestinationPath: "v1")
      try files.createSymbolicLink(atPath: "\(folder)/password", withDestinationPath: "data/password")
      let source = CredentialSource.file("\(folder)/password", initial: Secret("first"))
      #expect(source.read() == CredentialText(Secret("first")))
      try files.createSymbolicLink(atPath: "\(folder)/next", withDestinationPath: "v2")
      #expect(rename("\(folder)/next", "\(folder)/data") == 0)
      #expect(source.read() == CredentialText(Secret("second")))
    }
  }

  @Test func `a file that is missing, empty or not text holds no credential`() throws {
    try withFolder {
      let source = CredentialSource.file("\(folder)/password", initial: Secret("first"))
      #expect(source.read() == nil)
      try write("", to: "password")
      #expect(source.read() == nil)
      try Data([0xFF, 0xFE]).write(to: URL(fileURLWithPath: "\(folder)/password"))
      #expect(source.read() == nil)
      try write(String(repeating: "x", count: CredentialSource.maximumBytes + 1), to: "password")
      #expect(source.read() == nil)
    }
  }

  @Test func `a description shows no secret`() {
    #expect(!"\(CredentialSource.file("/run/p", initial: Secret("hidden")))".contains("hidden"))
  }
}
