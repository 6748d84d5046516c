import Foundation
import JSON
import TestSupport

/// One backend-api against the servers of a deployment, with settings of the test's own.
final class ServiceBehindServers: Sendable {
  let deployment: Deployment
  let started: Started
  let client: Client

  /// Starts the service. `changes` replace its settings; the cache is the memory of the process.
  private init(_ deployment: Deployment, _ changes: [String: String], descriptors: Int?) throws {
    self.deployment = deployment
    let port = try FreePorts.consecutive(1)
    var variables = try deployment.databaseVariables(account: "backend-api-rw")
    variables["CACHE_TYPE"] = "memory"
    variables["HTTP_PORT"] = "\(port)"
    variables["LOG_FORMAT"] = "json"
    variables["USER_CHANGES"] = "1000000"
    variables["TOKEN_KEY_FILE"] = deployment.folder.appendingPathComponent("key-\(port).pem").path
    variables.merge(changes) { $1 }
    let program = Program.named("backend-api")
    if let descriptors {
      started = try Started(
        URL(fileURLWithPath: "/bin/sh"), ["-c", "ulimit -S -n \(descriptors); exec \"$0\"", program.path],
        environment: variables, in: deployment.folder)
    } else {
      started = try Started(program, [], environment: variables, in: deployment.folder)
    }
    client = Client(base: "http://127.0.0.1:\(port)")
  }

  /// Waits until readiness has this status.
  func readiness(becomes status: Int) async throws {
    let isSo = await eventually {
      (try? await client.send(.get, "/readyz").status) == status
    }
    guard isSo else { throw Program.Failure("readiness is not \(status):\n\(started.err)") }
  }

  /// Signs a new user up and in, and returns a client with the token.
  func member() async throws -> Client {
    let person: JSONValue = [
      "email": .string("\(UUID().uuidString)@example.org"), "password": "correct horse battery",
    ]
    let made = try await client.sign("/v1/users", person)
    let answer = try await client.sign("/v1/sessions", person)
    guard made.status == 201, let token = answer.json["token"]?.string else {
      throw Program.Failure("sign-up returned \(made.status) \(made.text), sign-in \(answer.text)")
    }
    return client.with(token: token)
  }

  func stop() async {
    started.interrupt()
    if (try? await started.ends()) != true { started.kill() }
  }

  /// Prepares a deployment, starts the service, runs `body`, and stops both.
  static func with(
    settings: (Deployment) async throws -> [String: String] = { _ in [:] },
    _ body: (ServiceBehindServers) async throws -> Void
  ) async throws {
    try await Deployment.with(.servers, prepared: true) { deployment in
      try await run(on: deployment, try await settings(deployment), body)
    }
  }

  /// Starts the service on a deployment, runs `body`, and stops the service, even when `body` throws. `descriptors` is
  /// the soft limit that the service starts with.
  static func run(
    on deployment: Deployment, _ changes: [String: String] = [:], descriptors: Int? = nil,
    _ body: (ServiceBehindServers) async throws -> Void
  ) async throws {
    let service = try ServiceBehindServers(deployment, changes, descriptors: descriptors)
    do {
      try await body(service)
    } catch {
      await service.stop()
      throw error
    }
    await service.stop()
  }
}
