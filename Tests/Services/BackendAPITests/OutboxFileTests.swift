import Foundation
import JSON
import Runtime
import Schema
import TestSupport
import Testing

@testable import backend_api

/// The file that takes messages.
@Suite struct OutboxFileTests {
  @Test func `the outbox is a private file with one line for each message`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("outbox.jsonl")
    let outbox = OutboxFile(path: path)
    for _ in 0..<2 {
      try outbox.append(
        MailMessage(.resetPassword, to: "ada@example.org", token: "t", at: .now(), until: .now()))
    }
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 2)
    let line = try JSONCoding.decode(JSONValue.self, from: Array(lines[0].utf8))
    #expect(line["kind"]?.string == "reset_password" && line["token"]?.string == "t")
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
    #expect(outbox.objection?.contains("chmod 600") == true)
    #expect(throws: MailError.self) {
      try outbox.append(MailMessage(.passwordChanged, to: "a@b.c", at: .now()))
    }
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: folder.file("elsewhere"))
    #expect(outbox.objection != nil)
    #expect(OutboxFile(path: folder.file("missing/outbox")).objection != nil)
  }

  @Test func `a part of a line that a full disk leaves is taken back`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("outbox.jsonl")
    let message = MailMessage(.passwordChanged, to: "ada@example.org", at: .now())
    let whole = OutboxFile(path: path)
    try whole.append(message)
    var full = whole
    full.writing = { write($0, $1.baseAddress, $1.count / 2) }
    #expect(throws: MailError.self) { try full.append(message) }
    full.writing = { _, _ in
      errno = ENOSPC
      return -1
    }
    #expect(throws: MailError.self) { try full.append(message) }
    try whole.append(message)
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 2)
    for line in lines {
      let kind = try JSONCoding.decode(JSONValue.self, from: Array(line.utf8))["kind"]?.string
      #expect(kind == "password_changed")
    }
  }

  @Test func `an outbox with a second name is refused, and one that a program keeps locked`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("outbox.jsonl")
    let outbox = OutboxFile(path: path)
    let message = MailMessage(.passwordChanged, to: "ada@example.org", at: .now())
    try outbox.append(message)
    let locking = open(path, O_RDONLY | O_CLOEXEC)
    #expect(locking >= 0 && flock(locking, LOCK_EX) == 0)
    #expect(throws: MailError.self) { try outbox.append(message) }
    close(locking)
    try outbox.append(message)
    try FileManager.default.linkItem(atPath: path, toPath: folder.file("second"))
    #expect(outbox.objection?.contains("2 names") == true)
    #expect(throws: MailError.self) { try outbox.append(message) }
  }

  @Test func `an outbox of another user is refused`() throws {
    // Without the right to give a file away there is no file to refuse.
    guard geteuid() == 0 else { return }
    let folder = try TemporaryFolder()
    let path = folder.file("outbox.jsonl")
    let outbox = OutboxFile(path: path)
    try outbox.append(MailMessage(.passwordChanged, to: "ada@example.org", at: .now()))
    #expect(chown(path, 65_534, 65_534) == 0)
    #expect(outbox.objection?.contains("another user") == true)
  }

  @Test
  func `an outbox that is full or has no folder is a warning, and one of a wrong type or mode is refused`()
    throws
  {
    let folder = try TemporaryFolder()
    let path = folder.file("outbox.jsonl")
    func read(_ path: String) -> (problems: [String], warnings: [String]) {
      var environment = EnvironmentReader(variables: ["MAIL_OUTBOX": path]) { _ in "" }
      _ = OutboxFile(reading: &environment)
      return (environment.problems.map(\.message), environment.warnings.map(\.message))
    }
    #expect(read(path) == ([], []))
    #expect(!FileManager.default.fileExists(atPath: path), "the check has created the file")
    let missing = read(folder.file("missing/outbox"))
    #expect(missing.problems == [] && missing.warnings.count == 1)
    #expect(
      FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]))
    #expect(truncate(path, Int(OutboxFile.maximumBytes)) == 0)
    let full = read(path)
    #expect(full.problems == [] && full.warnings.first?.contains("move it away") == true)
    #expect(truncate(path, 0) == 0 && chmod(path, 0o644) == 0)
    #expect(read(path).problems.first?.contains("chmod 600") == true && read(path).warnings == [])
    #expect(read(folder.file(".")).problems.count == 1)
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: folder.file("elsewhere"))
    #expect(read(path).problems.count == 1)
  }

  @Test
  func `a program that keeps the lock, or a disk that does not answer, holds up no other work of the loop`()
    async throws
  {
    let folder = try TemporaryFolder()
    let path = folder.file("outbox.jsonl")
    let loop = try LoopFixture()
    let message = MailMessage(.passwordChanged, to: "ada@example.org", at: .now())
    let (hangs, mayGoOn, done) = (StopFlag(), StopFlag(), StopFlag())
    var outbox = OutboxFile(path: path)
    try outbox.append(message)
    outbox.writing = { descriptor, bytes in
      hangs.set()
      #expect(waitUntil { mayGoOn.isSet })
      return write(descriptor, bytes.baseAddress, bytes.count)
    }
    let hanging = outbox
    let sending = Task {
      try await loop.run { try await hanging.send(message) }
      done.set()
    }
    try await eventually("the write") { hangs.isSet }
    #expect(try await loop.run { 1 } == 1 && !done.isSet)
    var hasty = hanging
    hasty.limitMilliseconds = 20
    let impatient = hasty
    await #expect(throws: MailError.self) { try await impatient.check() }
    mayGoOn.set()
    try await sending.value

    let locking = open(path, O_RDONLY | O_CLOEXEC)
    #expect(locking >= 0 && flock(locking, LOCK_EX) == 0)
    await #expect(throws: MailError.self) { try await hanging.check() }
    close(locking)
    try await hanging.check()
    #expect(try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").count == 2)
  }

  @Test func `a message that is not taken is counted`() async throws {
    let folder = try TemporaryFolder()
    let metrics = MetricRegistry()
    let mailer = CountedMailer(OutboxFile(path: folder.file("missing/outbox")), metrics: metrics)
    await #expect(throws: MailError.self) {
      try await mailer.send(MailMessage(.passwordChanged, to: "a@b.c", at: .now()))
    }
    await #expect(throws: MailError.self) { try await mailer.check() }
    #expect(String(decoding: metrics.exposition(), as: UTF8.self).contains("mail_failures_total 2"))
  }
}
