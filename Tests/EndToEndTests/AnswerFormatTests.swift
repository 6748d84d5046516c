import Foundation
import Testing

/// The answers of the access commands for machines, as the tool really prints them: each against its schema or structure.
@Suite struct AnswerFormatTests {
  @Test func `each answer without an engine is valid in each of its forms, and so is each failure`()
    async throws
  {
    try await Deployment.with(.embedded) { deployment in
      var answers = Answers(deployment: deployment)
      let manifest = try #require(deployment.environment["ACCESS_MANIFEST"])
      let changed = deployment.folder.appendingPathComponent("changed.yaml").path
      try String(contentsOfFile: manifest, encoding: .utf8).replacing(
        "[id, active, role,", with: "[id, password, role,"
      )
      .write(toFile: changed, atomically: true, encoding: .utf8)
      let other = ["ACCESS_MANIFEST": changed]
      try await answers.take(
        ["access", "explain", "--json", "analytics-ro"], as: .schema("access-explain"), status: 0)
      for (format, kind) in [
        ("json", Answers.Kind.schema("access-lint")), ("sarif", .sarif), ("junit", .junit),
      ] {
        try await answers.take(["access", "lint", "--format", format], as: kind, status: 0)
        try await answers.take(["access", "lint", "--format", format], as: kind, status: 2, with: other)
        try await answers.take(
          ["access", "lint", "--format", format], as: kind, status: 78, with: ["ACCESS_MANIFEST": "nowhere"])
      }
      for (format, kind) in [("json", Answers.Kind.schema("access-diff")), ("sarif", .sarif)] {
        try await answers.take(
          ["access", "diff", "--format", format, manifest, manifest], as: kind, status: 0)
        try await answers.take(
          ["access", "diff", "--format", format, manifest, changed], as: kind, status: 2)
        try await answers.take(
          ["access", "diff", "--format", format, manifest, "nowhere"], as: kind, status: 78)
      }
      let markdown = try await deployment.bulkhead([
        "access", "diff", "--format", "markdown", manifest, changed,
      ])
      #expect(
        markdown.out.contains(
          "| **widening** | analytics-ro | users | analytics-ro gains select on users.password |"))
      try await answers.check()
    }
  }

  @Test func `a document that lacks what its schema demands is refused`() async throws {
    try await Deployment.with(.embedded) { deployment in
      let file = deployment.folder.appendingPathComponent("bad.json")
      for (name, text) in [
        ("access-lint", #"{"findings":[],"live":true}"#),
        ("access-diff", #"{"changes":[{"effect":"wide"}]}"#),
        ("access-plan", #"[{"engine":"x"}]"#), ("access-verify", #"[{"engine":"x","deviations":[{}]}]"#),
        ("access-apply", #"[{"engine":"x","outcome":{}}]"#), ("access-prove", #"{"cells":1}"#),
        ("access-explain", #"[{"object":"users"}]"#), ("access-credentials", "{}"),
        ("access-import", #"{"doubts":[]}"#), ("access-open", #"{"person":"ada","password":"x"}"#),
        ("access-close", #"{"person":"ada","isClosed":false,"remaining":[],"unmended":[],"notes":[]}"#),
        ("access-rotate", #"[{"engine":"x"}]"#), ("bootstrap", #"{"engines":[]}"#),
      ] {
        try text.write(to: file, atomically: true, encoding: .utf8)
        let checked = try await Answers.run([Answers.Kind.schema(name).argument, file.path], in: deployment)
        #expect(checked.status == 1, "\(name)")
      }
      try #"{"$schema":"x","version":"2.1.0","runs":[]}"#.write(to: file, atomically: true, encoding: .utf8)
      #expect(try await Answers.run(["sarif", file.path], in: deployment).status == 1)
      try "<testsuites tests=\"1\">".write(to: file, atomically: true, encoding: .utf8)
      #expect(try await Answers.run(["junit", file.path], in: deployment).status == 1)
    }
  }

  @Test func `a form that a command lacks, and two forms at once, are wrong usage`() async throws {
    try await Deployment.with(.embedded) { deployment in
      let lacking = try await deployment.bulkhead(["access", "plan", "--format", "junit"])
      #expect(lacking.status == 64)
      #expect(lacking.err.contains("this command has no --format junit; it has text, json, markdown"))
      let both = try await deployment.bulkhead(["access", "lint", "--json", "--format", "sarif"])
      #expect(both.status == 64)
    }
  }
}

/// Answers of the tool in files, checked by one run of Python.
struct Answers {
  enum Kind {
    case schema(String)
    case sarif, junit

    var argument: String {
      switch self {
      case .schema(let name): Program.checkout.appendingPathComponent("docs/schemas/\(name).json").path
      case .sarif: "sarif"
      case .junit: "junit"
      }
    }
  }

  let deployment: Deployment
  private var arguments: [String] = []

  init(deployment: Deployment) {
    self.deployment = deployment
  }

  /// Runs a command, and keeps its standard output.
  mutating func take(
    _ command: [String], as kind: Kind, status: Int32, with variables: [String: String] = [:]
  ) async throws {
    let output = try await deployment.bulkhead(command, with: variables)
    #expect(output.status == status, "\(command): \(output.out)\n\(output.err)")
    let file = deployment.folder.appendingPathComponent("answer-\(arguments.count)")
    try output.out.write(to: file, atomically: true, encoding: .utf8)
    arguments += [kind.argument, file.path]
  }

  func check() async throws {
    let checked = try await Self.run(arguments, in: deployment)
    #expect(checked.status == 0, "\(checked.err)")
  }

  static func run(_ arguments: [String], in deployment: Deployment) async throws -> Program.Output {
    let python = try #require(
      ProcessInfo.processInfo.environment["TEST_PYTHON"], "TEST_PYTHON is not set; run make test")
    let script = Program.checkout.appendingPathComponent("Tests/EndToEndTests/Fixtures/Clients/answers.py")
      .path
    return try await Program.run(
      URL(fileURLWithPath: python), [script] + arguments, environment: ["PYTHONDONTWRITEBYTECODE": "1"],
      in: deployment.folder)
  }
}
