import Foundation
import TestSupport
import Transport

/// `openssl s_client`, an implementation of the client's end that shares no code of ours.
struct OpenSSLClient: Sendable {
  struct Outcome: Sendable {
    let status: Int32
    /// Both output streams.
    let text: String

    /// Whether a handshake was completed, and the server answered.
    var isAnswered: Bool { text.contains("HTTP/1.1 200") }
  }

  static let request = "GET /target HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"
  private static let patienceSeconds = "20"

  let address: SocketAddress
  let authority: TestAuthority

  /// Sends a text and reads until the server ends the connection.
  func run(_ arguments: [String] = [], sending text: String = request) async throws -> Outcome {
    let all =
      [
        Self.patienceSeconds, "openssl", "s_client", "-connect", "\(address)", "-CAfile",
        authority.certificateFile, "-verify_return_error", "-verify_ip", "127.0.0.1",
      ] + arguments
    return try await Self.run("timeout", all, sending: text)
  }

  /// Runs a program to its end.
  static func run(_ program: String, _ arguments: [String], sending text: String = "") async throws -> Outcome
  {
    try await blocking {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = [program] + arguments
      let (input, output) = (Pipe(), Pipe())
      process.standardInput = input
      process.standardOutput = output
      process.standardError = output
      try process.run()
      try? input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
      if !arguments.contains("-ign_eof") { try? input.fileHandleForWriting.close() }
      let answer = try output.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      return Outcome(status: process.terminationStatus, text: String(decoding: answer, as: UTF8.self))
    }
  }
}
