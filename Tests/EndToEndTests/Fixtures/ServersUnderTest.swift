import Foundation

/// The servers of one test. Roles belong to a whole server, so fleets cannot share one.
struct ServersUnderTest: Sendable {
  let folder: URL
  let kinds: [String]
  let variables: [String: String]

  static func start(
    _ servers: [Engine.Server], in folder: URL, durable: Bool = false
  ) async throws -> ServersUnderTest {
    var variables: [String: String] = [:]
    let kinds = servers.map(\.kind)
    for kind in kinds {
      let options = kind == "postgresql" && durable ? ["--durable"] : []
      variables.merge(try await start(kind, in: folder, options: options)) { $1 }
    }
    return ServersUnderTest(folder: folder, kinds: kinds, variables: variables)
  }

  /// Starts a standby of the server of that kind.
  func startStandby(of kind: String) async throws -> ServersUnderTest {
    let options = ["--of", folder.appendingPathComponent(kind).path]
    let variables = try await Self.start("standby", in: folder, options: options)
    return ServersUnderTest(folder: folder, kinds: ["standby"], variables: variables)
  }

  /// Starts one server, and returns the variables that describe it. Those of a cluster are its first node's, with all
  /// nodes in `HOSTS`.
  private static func start(
    _ kind: String, in folder: URL, options: [String]
  ) async throws -> [String: String] {
    let place = folder.appendingPathComponent(kind)
    try await script(["start", kind, place.path] + options, in: folder)
    guard kind == "galera" else { return try variables(in: place) }
    let nodes = try (1...3).map { try variables(in: place.appendingPathComponent("\($0)")) }
    let hosts = nodes.compactMap { node in node["MARIADB_PORT"].map { "127.0.0.1:\($0)" } }
    return nodes[0].merging(["HOSTS": hosts.joined(separator: ",")]) { $1 }
  }

  private static func variables(in place: URL) throws -> [String: String] {
    let text = try String(contentsOf: place.appendingPathComponent("env"), encoding: .utf8)
    let lines = text.split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1) }
    return Dictionary(
      uniqueKeysWithValues: lines.filter { $0.count == 2 }.map { (String($0[0]), String($0[1])) })
  }

  /// The variables of one node of a cluster, from 1.
  func node(_ number: Int) throws -> [String: String] {
    try Self.variables(in: folder.appendingPathComponent("galera/\(number)"))
  }

  func value(_ name: String) throws -> String {
    guard let value = variables[name] else { throw Program.Failure("servers.sh reported no \(name)") }
    return value
  }

  func kill(_ kind: String) async throws { try await run("kill", kind) }
  func restart(_ kind: String) async throws { try await run("restart", kind) }
  func promote(_ kind: String) async throws { try await run("promote", kind) }
  func suspend(_ kind: String) async throws { try await run("suspend", kind) }
  func resume(_ kind: String) async throws { try await run("resume", kind) }

  func stop() async {
    for kind in kinds { try? await run("stop", kind) }  // the removal of the folder follows
  }

  private func run(_ verb: String, _ kind: String) async throws {
    try await Self.script([verb, folder.appendingPathComponent(kind).path], in: folder)
  }

  private static func script(_ arguments: [String], in folder: URL) async throws {
    let environment = ProcessInfo.processInfo.environment.filter {
      ["HOME", "BULKHEAD_TOOLS", "SERVER_MEMORY", "POSTGRES_RELEASE"].contains($0.key)
    }
    let output = try await Program.run(
      Program.script("servers.sh"), arguments, environment: environment, in: folder)
    guard output.status == 0 else { throw Program.Failure("servers.sh \(arguments): \(output.err)") }
  }
}
