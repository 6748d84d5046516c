import Foundation
import TestSupport
import Testing

/// Passwords change under a fleet that serves requests.
@Suite(.serialized) struct RotationTests {
  /// How many lines of progress each run prints before it is killed: in the database's first, second and last step, in
  /// the steps of the cache, and at once. The random points are between no line and `mostRandomLines`.
  private static let killsAfterLines = [3, 9, 2, 16, 0]
  private static let randomKills = 5
  private static let mostRandomLines = 20
  private static let deliverySeconds = 8
  private static let delayMilliseconds = 1_500

  @Test func `no request fails while every password rotates, is rotated by killed runs, and arrives later`()
    async throws
  {
    try await FleetUnderTest.with(.servers) { fleet in
      let credentials = fleet.folder.appendingPathComponent(".bulkhead/credentials")
      let first = try Self.passwords(in: credentials)
      let load = try await RequestLoad(fleet)
      var points: [Int] = []
      let report = try await load.during {
        points = try await Self.rotateWithKills(fleet)
        let second = try Self.passwords(in: credentials)
        #expect(Self.isRotated(first, second))
        try await Self.rotateWithDelay(fleet, credentials)
        #expect(Self.isRotated(second, try Self.passwords(in: credentials)))
      }
      #expect(
        report.failures.isEmpty,
        "killed after \(points) lines: \(report.failures.count): \(report.failures.prefix(20))")
      // A busy machine answers few. So many show that requests ran beside every step.
      #expect(report.answered > Int(report.seconds), "\(report.answered) in \(report.seconds) s")
      for member in ["analytics-rollup", "backend-api", "connector"] {
        #expect(fleet.errors(of: member).isEmpty)
      }
      let verified = try await fleet.bulkhead("access", "verify")
      #expect(verified.status == 0, "\(verified.out)")
    }
  }

  @Test func `no request fails while every password rotates on MariaDB, where an account has one`()
    async throws
  {
    try await FleetUnderTest.with(.mariadb) { fleet in
      let credentials = fleet.folder.appendingPathComponent(".bulkhead/credentials")
      let first = try Self.passwords(in: credentials)
      let load = try await RequestLoad(fleet)
      let report = try await load.during {
        let output = try await fleet.bulkhead("access", "rotate", "--all")
        #expect(output.status == 0, "\(output.err)")
      }
      #expect(report.failures.isEmpty, "\(report.failures.count): \(report.failures.prefix(20))")
      #expect(report.answered > 0)
      let second = try Self.passwords(in: credentials)
      let databases = first.keys.filter { !$0.hasSuffix("-admin") && !$0.hasSuffix("-cache") }
      #expect(databases.count >= 6 && databases.allSatisfy { first[$0] != second[$0] })
      let verified = try await fleet.bulkhead("access", "verify")
      #expect(verified.status == 0, "\(verified.out)")
    }
  }

  /// Each killed run leaves an engine that matches the manifest, and the next run goes on. Returns the numbers of lines
  /// after which runs were killed.
  private static func rotateWithKills(_ fleet: FleetUnderTest) async throws -> [Int] {
    var points: [Int] = []
    for lines in killsAfterLines {
      let run = try await rotate(fleet, killedAfterLines: lines)
      #expect(run.status == SIGKILL, "it ended before it printed \(lines) lines: \(run.err)")
      points.append(lines)
      try await check(fleet, run, points)
    }
    while points.count < killsAfterLines.count + randomKills {
      // A run that ends by itself shows how few lines it has. Without a line, the kill comes at once.
      var most = mostRandomLines
      var lines = Int.random(in: 0...most)
      var run = try await rotate(fleet, killedAfterLines: lines)
      while run.status != SIGKILL, most > 0 {
        #expect(run.status == 0, "\(run.err)")
        most = min(lines, run.lines) - 1
        lines = most > 0 ? Int.random(in: 0...most) : 0
        run = try await rotate(fleet, killedAfterLines: lines)
      }
      try #require(run.status == SIGKILL, "no run could be killed: \(run.err)")
      points.append(lines)
      try await check(fleet, run, points)
    }
    let completed = try await fleet.bulkhead("access", "rotate", "--all")
    #expect(completed.status == 0, "\(completed.err)")
    return points
  }

  /// A run that has ended: by the kill, or by itself before it printed so many lines.
  private static func rotate(_ fleet: FleetUnderTest, killedAfterLines lines: Int) async throws -> Started {
    let run = try Started(
      Program.named("bulkhead"), ["access", "rotate", "--all"],
      environment: fleet.deployment.environment, in: fleet.folder)
    while run.isRunning, run.lines < lines { try await Task.sleep(for: .milliseconds(5)) }
    if lines == 0 { try await Task.sleep(for: .milliseconds(Int.random(in: 50...500))) }
    run.kill()
    try #require(try await run.ends())
    return run
  }

  private static func check(_ fleet: FleetUnderTest, _ run: Started, _ points: [Int]) async throws {
    let answer = try await fleet.bulkhead("access", points.count % 2 == 1 ? "verify" : "apply")
    #expect(
      answer.status == 0 && !answer.out.contains("applied"),
      "killed after \(points) lines: \(answer.out) \(answer.err) \(run.err)")
  }

  /// The services' files follow those of the tool seconds later.
  private static func rotateWithDelay(_ fleet: FleetUnderTest, _ credentials: URL) async throws {
    let own = fleet.folder.appendingPathComponent("operator")
    try FileManager.default.copyItem(at: credentials, to: own)
    let folder = DelayedFolder(source: own, target: credentials, delayMilliseconds: delayMilliseconds)
    let following = Task { try await folder.follow() }
    let output = try await fleet.deployment.bulkhead(
      ["access", "rotate", "--all", "--delivery", "\(deliverySeconds)"], with: ["CREDENTIALS_DIR": own.path])
    #expect(output.status == 0, "\(output.err)")
    // The services end their sessions themselves: the tool has none to end in the database.
    let ended = output.err.split(separator: "\n").filter { $0.contains("ended") && !$0.contains("cache") }
    #expect(ended.isEmpty, "\(ended)")
    try await eventually("the files have arrived") {
      (try? Self.passwords(in: own)) == (try? Self.passwords(in: credentials))
    }
    following.cancel()
  }

  // MARK: Files

  private static func passwords(in folder: URL) throws -> [String: String] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix(".") }
    return try names.reduce(into: [:]) { found, name in
      found[name] = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }
  }

  /// Whether every account but the administrators has another password, and one alone.
  private static func isRotated(_ before: [String: String], _ after: [String: String]) -> Bool {
    after.allSatisfy { name, password in
      name.hasSuffix("-admin") || (password != before[name] && !password.contains("\n"))
    }
  }
}

extension Started {
  /// The lines of progress so far.
  fileprivate var lines: Int { err.count(where: \.isNewline) }
}

extension FleetTests {
  @Suite struct EmbeddedRotationTests {
    @Test func `the embedded engines have no password to rotate, and serve on`() async throws {
      let fleet = try FleetTrait.fleet(.embedded)
      let client = fleet.api.with(token: try await fleet.member("rotation").token)
      let output = try await fleet.bulkhead("access", "rotate", "--all")
      #expect(output.status == 0 && output.out.contains("checks no password"), "\(output.out)\(output.err)")
      #expect(try await client.send(.get, "/v1/settings").status == 200)
    }
  }
}
