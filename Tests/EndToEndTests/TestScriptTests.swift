import Foundation
import TestSupport
import Testing

/// `scripts/test.sh` beside a `swift` that answers as the tests say, and without servers.
@Suite struct TestScriptTests {
  /// The first lane has the events and does what its file says. Each other one begins, and the last one has a test that passes.
  private static let swift = #"""
    #!/bin/bash
    [[ $1 == test ]] || exit 0
    while [[ $1 != --event-stream-output-path ]]; do shift; done
    folder=$(dirname "$0")
    case $2 in
    */events-fleets)
      cat "$folder/events" >"$2"
      source "$folder/lane"
      ;;
    */events-rest)
      echo '◇ Test run started.'
      cat "$folder/rest" >"$2"
      if [[ -e $folder/number ]]; then
        read -r number <"$folder/number"
        end=$((SECONDS + 6))
        while ((SECONDS < end)); do echo "$((number - 1))" >/proc/sys/kernel/ns_last_pid; done
      fi
      ;;
    *) echo '◇ Test run started.' ;;
    esac
    """#
  private static let servers = """
    #!/bin/sh
    if [ "$1" = start ]; then mkdir -p "$3" && touch "$3/env"; else rm -rf "$2"; fi
    """

  private static func event(_ kind: String, _ test: String) -> String {
    let identifier = test.replacing("/", with: #"\/"#)
    let payload = #"{"instant":{"absolute":1},"kind":"\#(kind)","testID":"\#(identifier)"}"#
    return #"{"kind":"event","payload":\#(payload),"version":0}"#
  }

  private static func name(_ test: String) -> String { "A.Waits/`\(test)`()/Waits.swift:7:4" }

  private static let ended = name("a test that ended")
  private static let turns = name("a test of cases that take turns")
  private static let running = name(#"a test that hangs, with \"quotes\""#)
  private static let started: [String] = (1...12).map { name("test \($0)") }
  private static let events: String = {
    var lines = ["A.Waits", ended, turns, running].map { event("testStarted", $0) }
    lines.append(event("testCaseStarted", turns))
    lines.append(event("testCaseEnded", turns))
    lines.append(event("testCaseStarted", running))
    lines.append(event("testCaseStarted", running))
    lines.append(event("testCaseEnded", running))
    lines.append(event("testEnded", ended))
    lines += started.map { event("testStarted", $0) }
    return lines.joined(separator: "\n")
  }()

  private static let begins = "echo '◇ Test run started.'"

  private func run(lane: String, silent seconds: Int) async throws -> Program.Output {
    try await run(lane: lane, silent: "\(seconds)")
  }

  private func run(
    lane: String, silent: String, by command: [String] = ["bash"]
  ) async throws -> Program.Output {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let texts = [
      "scripts/test.sh": try String(contentsOf: Program.script("test.sh"), encoding: .utf8),
      "scripts/real-servers.sh": try String(contentsOf: Program.script("real-servers.sh"), encoding: .utf8),
      "scripts/settings.sh": try String(contentsOf: Program.script("settings.sh"), encoding: .utf8),
      "scripts/server-memory.sh": try String(contentsOf: Program.script("server-memory.sh"), encoding: .utf8),
      "scripts/servers.sh": Self.servers, "swift": Self.swift, "lane": lane, "events": Self.events,
      "rest": Self.event("testEnded", Self.name("a test of the other lane")),
    ]
    let root = URL(fileURLWithPath: folder.path)
    for (path, text) in texts {
      let file = root.appendingPathComponent(path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data((text + "\n").utf8).write(to: file)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    }
    let path = "\(folder.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
    return try await Program.run(
      URL(fileURLWithPath: "/usr/bin/env"), command + ["scripts/test.sh"],
      environment: [
        "PATH": path, "TMPDIR": folder.path, "SERVER_MEMORY": "", "TEST_SILENT_SECONDS": silent,
      ], in: root)
  }

  @Test func `a run that reports nothing for the limit ends, with its processes, and names what was running`()
    async throws
  {
    let output = try await run(lane: "\(Self.begins); sleep 86399 & echo \"child $!\"; wait", silent: 3)
    #expect(output.status == 1, "\(output.out)")
    #expect(output.err.contains("test: no test has reported anything for 3 s"), "\(output.err)")
    #expect(
      output.err.contains("test: 1 tests ended after") || output.err.contains("test: 2 tests ended after"))
    let names: [String] = [Self.running] + Self.started.prefix(9) + ["and 4 that waited behind them"]
    let report = "test: tests that did not end (fleets):\n" + names.joined(separator: "\n") + "\n"
    #expect(output.err.contains(report), "\(output.err)")
    #expect(!output.err.contains("did not end (rest)"))
    let line = try #require(output.out.split(separator: "\n").first { $0.hasPrefix("child ") })
    let child = try #require(pid_t(line.dropFirst("child ".count)))
    let words = try? String(contentsOfFile: "/proc/\(child)/cmdline", encoding: .utf8)
    #expect(words?.contains("86399") != true)
  }

  @Test func `a run that hangs before its first test ends too`() async throws {
    let output = try await run(lane: "sleep 86398", silent: 3)
    #expect(output.status == 1, "\(output.out)")
    #expect(output.err.contains("test: no test has reported anything for 3 s"), "\(output.err)")
  }

  @Test func `a limit that is no number of seconds is refused`() async throws {
    let output = try await run(lane: "", silent: "10m")
    #expect(output.status == 64)
    #expect(
      output.err.contains("TEST_SILENT_SECONDS must be a number of seconds, not '10m'"), "\(output.err)")
  }

  @Test func `a run whose lines arrive within the limit goes on, and its tests are counted`() async throws {
    let lane = "\(Self.begins); for _ in {1..33}; do sleep 1; echo line; done"
    let output = try await run(lane: lane, silent: 30)
    #expect(output.status == 0, "\(output.err)")
    #expect(output.err.contains("test: 2 tests ended after"), "\(output.err)")
    #expect(!output.err.contains("did not end"))
  }

  @Test func `a failure is repeated at the end with its comment, and the run fails with its code`()
    async throws
  {
    let lane = """
      \(Self.begins)
      echo '✘ Test "a" recorded an issue at A.swift:1:1: Expectation failed'
      echo '↳ the comment'
      echo '✔ Test "b" passed after 0.1 seconds.'
      exit 3
      """
    let output = try await run(lane: lane, silent: 60)
    #expect(output.status == 3)
    let failure = "✘ Test \"a\" recorded an issue at A.swift:1:1: Expectation failed\n↳ the comment\n"
    #expect(output.err.contains("test: what failed:\n\(failure)"), "\(output.err)")
    #expect(!output.err.contains("Test \"b\""))
  }

  private static let ownNumbers = ["unshare", "--pid", "--fork", "--mount-proc"]

  private static func hasOwnNumbers() async throws -> Bool {
    let folder = URL(fileURLWithPath: "/")
    let env = URL(fileURLWithPath: "/usr/bin/env")
    return try await Program.run(env, ownNumbers + ["true"], in: folder).status == 0
  }

  /// The first lane has ended, and in the time of the last one each new process gets its number.
  @Test(
    .enabled("only root can give processes numbers of their own") { try await hasOwnNumbers() },
    arguments: [Int32(0), 3])
  func `the code of a lane counts when a later process has its number`(code: Int32) async throws {
    let lane = "\(Self.begins); echo $PPID >\"$folder/number\"; exit \(code)"
    let output = try await run(lane: lane, silent: "60", by: Self.ownNumbers + ["bash"])
    #expect(output.status == code, "\(output.err)")
    #expect(output.err.contains("test: 2 tests ended after"), "\(output.err)")
  }
}
