import Foundation
import Processes
import TestSupport
import Transport

/// `openssl s_client`, an implementation of the client's end that shares no code of ours.
struct OpenSSLClient: Sendable {
  struct Outcome: Sendable {
    let isSuccess: Bool
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
      let outcome = try ChildProcess.run(program, arguments, input: Array(text.utf8), isMerged: true)
      return Outcome(isSuccess: outcome.isSuccess, text: outcome.output)
    }
  }
}
