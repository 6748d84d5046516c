import DataAccess
import Foundation
import TestSupport
import Testing

@testable import MariaDBDriver

/// What a server's refusal means to the callers.
@Suite struct ErrorReadingTests {
  private func error(_ code: UInt32) -> DatabaseError {
    DatabaseError(
      ServerFault(code: code, state: "HY000", message: "refused"), during: Operation(.update, table: "users"),
      account: "a")
  }

  @Test(arguments: [1213, 1205, 1047] as [UInt32])
  func `a transaction runs again after a deadlock, a wait for a lock, and a node that is not ready`(
    code: UInt32
  ) {
    #expect(error(code).isRetryable)
  }

  @Test func `a commit whose replication failed has an unknown outcome and is not repeated`() {
    let message =
      "Error while appending streaming replication fragment(provider status: Not connected to Primary Component)"
    let fault = ServerFault(code: 1180, state: "HY000", message: message)
    let error = DatabaseError(fault, during: Operation(.other, label: "commit"), account: "a")
    #expect(error.kind == .connectionLost)
    #expect(!error.isRetryable)
    #expect(fault.meansNodeNotReady)
    #expect(!ServerFault(code: 1180, state: "HY000", message: "Got error 28 during COMMIT").meansNodeNotReady)
  }

  @Test(
    arguments: [
      (1030, "Got error 28 \"No space left on device\" from storage engine InnoDB"),
      (1180, "Got error 28 during COMMIT"),
      (3, "Error writing file './binlog.000001' (Errcode: 28 \"No space left on device\")"),
    ] as [(UInt32, String)])
  func `a disk that is full is reported as such, under each number of the server`(
    code: UInt32, message: String
  ) {
    let fault = ServerFault(code: code, state: "HY000", message: message)
    #expect(
      DatabaseError(fault, during: Operation(.insert, table: "users"), account: "a").kind == .storageFull)
    let other = ServerFault(code: code, state: "HY000", message: "Got error 122")
    #expect(DatabaseError(other, during: Operation(.insert, table: "users"), account: "a").kind == .other)
  }

  @Test(arguments: [1062, 1142, 1317, 2013, 1290] as [UInt32])
  func `no other refusal makes a transaction run again`(code: UInt32) {
    #expect(!error(code).isRetryable)
  }

  @Test func `the alert on denied statements has each number that means nothing but a denial`() throws {
    let rules = try String(
      contentsOfFile: Checkout.path("deploy/k8s/components/alerts/rules.yaml"), encoding: .utf8)
    let filters = rules.matches(of: /code=~"42501\|([0-9|]+)"/).map { match in
      Set(match.output.1.split(separator: "|").compactMap { UInt32($0) })
    }
    #expect(filters.count == 3)
    #expect(filters.allSatisfy { $0 == DatabaseError.deniedCodes })
  }
}
