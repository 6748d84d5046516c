import EventLoop
import Foundation
import JSON
import Synchronization
import TestSupport

/// Anonymous clients that sign in with made-up addresses, each one request after another on a new connection.
final class SignInFlood: Sendable {
  /// Longer than a service may take for a request.
  private static let timeoutMilliseconds = 60_000

  private let client: Client
  private let clients: Int
  private let end = StopFlag()
  private let counts = Mutex<[Int: Int]>([:])
  private let failures = Mutex<[String]>([])

  /// `client` must have a queue with a thread for each of the clients.
  init(_ base: String, clients: Int) {
    self.clients = clients
    client = Client(
      base: base, token: nil, queue: OffloadQueue(name: "flood", concurrency: clients, queueLimit: clients))
  }

  /// The answers so far, by status.
  var answers: [Int: Int] { counts.withLock { $0 } }
  /// Requests without an answer.
  var unanswered: [String] { failures.withLock { $0 } }

  /// No client starts another request.
  func stop() { end.set() }

  /// Runs until ``stop()``, and returns when every request has its answer.
  func run() async {
    await withTaskGroup { group in
      for number in 0..<clients { group.addTask { await self.run(number) } }
    }
  }

  private func run(_ number: Int) async {
    var round = 0
    while !end.isSet {
      round += 1
      let guess: JSONValue = [
        "email": .string("stranger-\(number)-\(round)@example.org"), "password": "a wild guess",
      ]
      do {
        let status = try await client.send(
          .post, "/v1/sessions", guess, timeoutMilliseconds: Self.timeoutMilliseconds
        ).status
        counts.withLock { $0[status, default: 0] += 1 }
      } catch {
        failures.withLock { $0.append("\(error)") }
      }
    }
  }
}
