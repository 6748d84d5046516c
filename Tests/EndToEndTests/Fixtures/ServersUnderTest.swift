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
      let place = folder.appendingPathComponent(kind)
      let options = kind == "postgresql" && durable ? ["--durable"] : []
      try await script(["start", kind, place.path] + options, in: folder)
      let text = try String(contentsOf: place.appendingPathComponent("env"), encoding: .utf8)
      for line in text.split(separator: "\n") {
        let parts = line.split(separator: "=", maxSplits: 1)
        if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
      }
    }
    return ServersUnderTest(folder: folder, kinds: kinds, variables: variables)
  }

  func value(_ name: String) throws -> String {
    guard let value = variables[name] else { throw Program.Failure("servers.sh reported no \(name)") }
    return value
  }

  func kill(_ kind: String) async throws { try await run("kill", kind) }
  func restart(_ kind: String) async throws { try await run("restart", kind) }

  func stop() async {
    for kind in kinds { try? await run("stop", kind) }  // the removal of the folder follows
  }

  private func run(_ verb: String, _ kind: String) async throws {
    try await Self.script([verb, folder.appendingPathComponent(kind).path], in: folder)
  }

  private static func script(_ arguments: [String], in folder: URL) async throws {
    var environment = ["HOME": ProcessInfo.processInfo.environment["HOME"] ?? folder.path]
    environment["BULKHEAD_TOOLS"] = ProcessInfo.processInfo.environment["BULKHEAD_TOOLS"]
    let output = try await Program.run(
      Program.script("servers.sh"), arguments, environment: environment, in: folder)
    guard output.status == 0 else { throw Program.Failure("servers.sh \(arguments): \(output.err)") }
  }
}
