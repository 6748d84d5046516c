import EventLoop
import Foundation
import Processes
import TestSupport

/// Starts, stops, kills and restarts a disposable server with `scripts/servers.sh`.
package struct ServerControl: Sendable {
  /// The folder that identifies the server to the script.
  package let folder: String

  /// Controls the server in `folder`.
  package init(folder: String) {
    self.folder = folder
  }

  /// Starts the test's own server, runs `body`, and stops the server, even when `body` throws.
  package static func withServer<Result: Sendable>(
    _ kind: String, options: [String] = [],
    _ body: (ServerEnvironment) async throws -> Result
  ) async throws -> Result {
    try await withFolder(kind, options) { try await body(ServerEnvironment(file: $0 + "/env")) }
  }

  /// As ``withServer(_:options:_:)``, for a cluster whose nodes are servers in folders `1`, `2` and so on.
  package static func withCluster<Result: Sendable>(
    _ kind: String, nodes: Int, _ body: ([ServerEnvironment]) async throws -> Result
  ) async throws -> Result {
    try await withFolder(kind, []) { folder in
      try await body((1...nodes).map { try ServerEnvironment(file: "\(folder)/\($0)/env") })
    }
  }

  private static func withFolder<Result: Sendable>(
    _ kind: String, _ options: [String], _ body: (_ folder: String) async throws -> Result
  ) async throws -> Result {
    let folder = try TemporaryFolder()
    let control = ServerControl(folder: folder.path)
    try await control.run(["start", kind, folder.path] + options)
    do {
      let result = try await body(folder.path)
      try await control.run(["stop", folder.path])
      return result
    } catch {
      try? await control.run(["stop", folder.path])
      throw error
    }
  }

  /// Ends the server with SIGKILL, like a crash.
  package func kill() async throws { try await run(["kill", folder]) }

  /// The folder of the server's settings and data.
  package func home() throws -> String { try ServerEnvironment(file: folder + "/env").value("SERVER_HOME") }

  /// Stops the server cleanly if it runs, and starts it again on the same port with the same data.
  package func restart() async throws { try await run(["restart", folder]) }

  /// Makes a standby a primary that takes writes.
  package func promote() async throws { try await run(["promote", folder]) }

  /// Restarts a primary as a standby, which only reads.
  package func demote() async throws { try await run(["demote", folder]) }

  /// Stops the server's processes without ending them.
  package func suspend() async throws { try await run(["suspend", folder]) }

  /// Continues the processes.
  package func resume() async throws { try await run(["resume", folder]) }

  private func run(_ arguments: [String]) async throws {
    let ending = try await Offload.run {
      try ChildProcess(Checkout.path("scripts/servers.sh"), arguments).wait()
    }
    guard ending == .exit(0) else {
      throw SupportError("servers.sh \(arguments.joined(separator: " ")) failed: \(ending)")
    }
  }
}
