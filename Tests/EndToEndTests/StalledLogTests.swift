import Foundation
import Processes
import TestSupport
import Testing

/// A service whose log is not read: a log driver that stalls, a pager, Ctrl-S.
@Suite struct StalledLogTests {
  /// Their lines have ten times the bytes that a pipe holds.
  private static let requests = 2_000

  @Test func `a log that is not read delays no request, no probe and no shutdown`() async throws {
    try await Deployment.with(.embedded, prepared: true) { deployment in
      let ports = try FreePorts.consecutive(2)
      var variables = try deployment.databaseVariables(account: "backend-api-rw")
      variables["CACHE_TYPE"] = "memory"
      variables["HTTP_PORT"] = "\(ports)"
      variables["PROBE_PORT"] = "\(ports + 1)"
      variables["LOG_FORMAT"] = "json"
      variables["TOKEN_KEY_FILE"] = deployment.folder.appendingPathComponent("key.pem").path
      let log = Pipe()
      let service = try ChildProcess(
        Program.named("backend-api").path, environment: variables, folder: deployment.folder.path,
        streams: ProcessStreams(errors: log.fileHandleForWriting.fileDescriptor))
      defer { service.send(SIGKILL) }
      try log.fileHandleForWriting.close()
      let client = Client(base: "http://127.0.0.1:\(ports)")
      let probes = Client(base: "http://127.0.0.1:\(ports + 1)")
      try await eventually("the service is ready") {
        (try? await probes.send(.get, "/readyz").status) == 200
      }
      for _ in 0..<Self.requests { #expect(try await client.send(.get, "/livez").status == 200) }
      for client in [client, probes] { #expect(try await client.send(.get, "/livez").status == 200) }
      #expect(try await probes.send(.get, "/metrics").text.contains("\nlog_lines_lost_total 0\n"))
      service.send(SIGTERM)
      try await eventually("the service has ended") { !service.isRunning }
      #expect(service.ending == .exit(0))
      // What the pipe took is whole up to its last line.
      let lines = try #require(try log.fileHandleForReading.readToEnd()).split(separator: 10)
      #expect(lines.count > 100)
      for line in lines.dropLast() { _ = try JSONSerialization.jsonObject(with: line) }
    }
  }

  @Test func `the tool starts and stops a fleet although its errors are not read`() async throws {
    try await Deployment.with(.embedded) { deployment in
      let output = deployment.folder.appendingPathComponent("up.out")
      try #require(FileManager.default.createFile(atPath: output.path, contents: nil))
      let (out, errors) = (try FileHandle(forWritingTo: output), Pipe())
      try Self.fill(errors.fileHandleForWriting.fileDescriptor)
      let up = try ChildProcess(
        Program.named("bulkhead").path, ["up", "--first-port", "\(try FreePorts.consecutive(8))"],
        environment: deployment.environment, folder: deployment.folder.path,
        streams: ProcessStreams(
          output: out.fileDescriptor, errors: errors.fileHandleForWriting.fileDescriptor))
      defer { up.send(SIGKILL) }
      let isReady = try await eventually(withinMilliseconds: 300_000) {
        try String(contentsOf: output, encoding: .utf8).contains("Stop it:") || !up.isRunning
      }
      try #require(isReady, "\(Self.threads(of: up.identifier))\n\(Self.lines(in: deployment.folder))")
      up.send(SIGTERM)
      try await eventually("the tool has ended") { !up.isRunning }
      #expect(up.ending == .exit(0))
    }
  }

  /// What each thread of the process waits for in the kernel.
  private static func threads(of process: Int32) -> String {
    let folder = "/proc/\(process)/task"
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return threads.map { thread in
      ["comm", "wchan", "syscall"].map { file in
        let text = (try? String(contentsOfFile: "\(folder)/\(thread)/\(file)", encoding: .utf8)) ?? "?"
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
      }.joined(separator: " ")
    }.joined(separator: "\n")
  }

  /// The end of each log of the fleet in the folder.
  private static func lines(in folder: URL) -> String {
    let logs = folder.appendingPathComponent(".bulkhead/logs")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: logs.path)) ?? []
    return names.map { name in
      let text = (try? String(contentsOf: logs.appendingPathComponent(name), encoding: .utf8)) ?? ""
      return "\(name): \(text.suffix(300))"
    }.joined(separator: "\n")
  }

  /// Writes into the pipe until it is full.
  private static func fill(_ descriptor: Int32) throws {
    let flags = fcntl(descriptor, F_GETFL)
    try #require(fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0)
    while write(descriptor, "\n", 1) == 1 {}
    try #require(errno == EAGAIN && fcntl(descriptor, F_SETFL, flags) == 0)
  }
}
