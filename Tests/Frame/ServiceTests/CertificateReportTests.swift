import Cryptography
import Dispatch
import Foundation
import HTTPServer
import Runtime
import TestSupport
import Testing
import Transport

@testable import Service

@Suite("Reports on the certificate") struct CertificateReportTests {
  private static let day: Int64 = 86_400

  @Test func `the end of a certificate is announced once a day from a week before, and after it`() {
    var notice = ExpiryNotice()
    let end: Int64 = 1_000 * Self.day
    let rounds: [(secondsLeft: Int64, isDue: Bool)] = [
      (7 * Self.day, false), (7 * Self.day - 1, true), (6 * Self.day, false), (6 * Self.day - 1, true),
      (5, true), (0, false), (-1, true), (-Self.day + 1, false), (-Self.day, true),
    ]
    for round in rounds {
      let isDue = notice.isDue(notAfter: end, secondsLeft: round.secondsLeft)
      #expect(isDue == round.isDue, "\(round.secondsLeft)")
    }
    let isDueForAnother = notice.isDue(notAfter: end + 60, secondsLeft: -Self.day)
    #expect(isDueForAnother)
  }

  @Test
  func `a certificate that expires soon is a warning while the service runs, and the metric counts down`()
    async throws
  {
    let identity = try TestAuthority().issue(to: "IP:127.0.0.1")
    let files = CertificateFiles(certificate: identity.certificateFile, key: identity.keyFile)
    let log = LogRecorder()
    var report = CertificateReport(
      encryption: ServerEncryption(try ServerCertificates(files)), logger: log.logger)
    report.intervalMilliseconds = 10
    let running = Task { [report] in await report.run() }
    try await eventually("the warning") { log.lines.contains("the listener's certificate expires soon") }
    running.cancel()
    let line = try #require(log.all.first { $0.message.contains("expires soon") })
    #expect(line.level == .warning)
    #expect(line.metadata["file"] == "\(identity.certificateFile)")
    let left = try #require(line.metadata["seconds_left"].flatMap { Int("\($0)") })
    #expect((1...86_400).contains(left))
    let metrics = MetricRegistry()
    report.register(in: metrics)
    let text = String(decoding: metrics.exposition(), as: UTF8.self)
    #expect(text.contains("\nhttp_tls_certificate_remaining_seconds 8"))
  }

  @Test func `a read that hangs is given up after its time, and reading goes on once it has ended`()
    async throws
  {
    let reading = BoundedReading(seconds: 0.05)
    let gate = DispatchSemaphore(value: 0)
    guard case .late = await reading.run({ gate.wait() }) else {
      Issue.record("it was not late")
      return
    }
    guard case .notBegun = await reading.run({}) else {
      Issue.record("a second read began beside it")
      return
    }
    gate.signal()
    try await eventually("reading goes on") {
      guard case .done(5) = await reading.run({ 5 }) else { return false }
      return true
    }
  }

  @Test func `the log says which part of the files was not replaced`() async throws {
    let (authority, clients) = (try TestAuthority(), try TestAuthority())
    let identity = try authority.issue(to: "IP:127.0.0.1")
    let files = CertificateFiles(
      certificate: identity.certificateFile, key: identity.keyFile, clientAuthorities: clients.certificateFile
    )
    let log = LogRecorder()
    let report = CertificateReport(
      encryption: ServerEncryption(try ServerCertificates(files)), logger: log.logger)
    let key = try Data(contentsOf: URL(fileURLWithPath: files.key))
    try Data("broken".utf8).write(to: URL(fileURLWithPath: files.key))
    await report.reload()
    #expect(log.lines.count == 2)
    #expect(log.lines.first?.contains("the old one stays: \(files.key) ") == true)
    #expect(log.lines.last == "client authorities replaced, without the certificate")
    try key.write(to: URL(fileURLWithPath: files.key))
    try Data("broken".utf8).write(to: URL(fileURLWithPath: clients.certificateFile))
    await report.reload()
    let refusal = try #require(log.all.dropFirst(2).first)
    #expect(refusal.message.hasPrefix("client authorities not replaced: removed ones are still admitted"))
    #expect(refusal.message.contains(clients.certificateFile) && refusal.level == .error)
    #expect(log.lines.last == "certificate replaced")
  }

  @Test func `a pipe in place of the key keeps the old certificate, and the next signal reads the good one`()
    async throws
  {
    let identity = try TestAuthority().issue(to: "IP:127.0.0.1")
    let files = CertificateFiles(certificate: identity.certificateFile, key: identity.keyFile)
    let log = LogRecorder()
    let report = CertificateReport(
      encryption: ServerEncryption(try ServerCertificates(files)), logger: log.logger)
    let key = try Data(contentsOf: URL(fileURLWithPath: files.key))
    try FileManager.default.removeItem(atPath: files.key)
    #expect(mkfifo(files.key, 0o600) == 0)
    await report.reload()
    #expect(log.lines.last?.contains("it is not a regular file") == true)
    try FileManager.default.removeItem(atPath: files.key)
    try key.write(to: URL(fileURLWithPath: files.key))
    await report.reload()
    #expect(log.lines.last == "certificate replaced")
  }
}
