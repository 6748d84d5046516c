import Runtime
import Testing

@Suite struct EnvironmentReaderTests {
  private func reader(_ variables: [String: String], files: [String: String] = [:]) -> EnvironmentReader {
    EnvironmentReader(variables: variables) { path in
      guard let text = files[path] else { throw NoSuchFile() }
      return text
    }
  }

  private struct NoSuchFile: Error {}
  private enum Colour: String, CaseIterable { case red, green }

  @Test func `a value comes from the variable or from the file it names`() {
    var environment = reader(["A": "1", "B_FILE": "/b"], files: ["/b": "2"])
    #expect(environment.optionalText("A") == "1")
    #expect(environment.optionalText("B") == "2")
    #expect(environment.optionalText("C") == nil)
    #expect(environment.problems.isEmpty)
  }

  @Test(arguments: [("x\n", "x"), ("x\r\n", "x"), ("x\n\n", "x\n"), (" x ", " x "), ("x", "x")])
  func `only the last newline of a file is removed`(contents: String, value: String) {
    var environment = reader(["A_FILE": "/a"], files: ["/a": contents])
    #expect(environment.optionalText("A") == value)
  }

  @Test func `an empty variable counts as not set`() {
    var environment = reader(["A": "", "B": "", "B_FILE": "/b"], files: ["/b": "2"])
    #expect(environment.text("A", default: "x") == "x")
    #expect(environment.optionalText("B") == "2")
    #expect(environment.problems.isEmpty)
  }

  @Test func `all problems are reported at once, in the order of reading`() {
    var environment = reader(
      [
        "BOTH": "a", "BOTH_FILE": "/a", "GONE_FILE": "/gone", "EMPTY_FILE": "/empty", "NUMBER": "ten",
        "COLOUR": "blue",
      ],
      files: ["/a": "a", "/empty": "\n"])
    _ = environment.requiredText("BOTH")
    _ = environment.requiredText("GONE")
    _ = environment.requiredText("EMPTY")
    _ = environment.requiredText("MISSING")
    _ = environment.integer("NUMBER", default: 1, in: 1...9)
    _ = environment.choice("COLOUR", default: Colour.red)
    let names = ["BOTH", "GONE_FILE", "EMPTY_FILE", "MISSING", "NUMBER", "COLOUR"]
    #expect(environment.problems.map(\.variable) == names)
    #expect(throws: ConfigurationProblems(environment.problems)) { try environment.finish() }
    #expect(
      ConfigurationProblems(environment.problems).description.split(separator: "\n").count == names.count)
  }

  @Test func `a problem never contains the value`() {
    var environment = reader([
      "SECRET": "hunter2", "SECRET_FILE": "/hunter2", "NUMBER": "hunter2", "FLAG": "hunter2",
    ])
    _ = environment.requiredSecret("SECRET")
    _ = environment.integer("NUMBER", default: 1, in: 1...9)
    _ = environment.boolean("FLAG", default: true)
    _ = environment.choice("NUMBER", default: Colour.red)
    #expect(environment.problems.count == 4)
    #expect(!environment.problems.description.contains("hunter2"))
  }

  @Test(arguments: [
    ("-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----", "it looks like PEM"),
    ("-----BEGIN PRIVATE KEY----- hunter2", "it looks like PEM"),
    (#"{"keys":["hunter2"]}"#, "it looks like JSON"),
    ("hunter2\n", "it has a line end or a control character"),
    ("hunter2\r/etc", "it has a line end or a control character"),
    ("MC4CAQAwBQYDK2VwBCIEIhunter2+/hunter2+hunter2hunter2hunter2AA==", "it looks like a key in Base64"),
    (String(repeating: "/hunter2", count: 1_000), "it is longer than a path"),
  ])
  func `the text of a file in place of its path is a problem that does not repeat it`(
    _ value: String, _ likeness: String
  ) {
    var environment = reader(["KEY_FILE": value, "PASS_FILE": value, "OTHER_FILE": value])
    #expect(environment.optionalPath("KEY_FILE") == nil)
    #expect(environment.requiredText("PASS") == "")
    #expect(environment.optionalCredential("OTHER") == nil)
    let expected = "is the text of a file: set the path of the file (\(likeness))"
    #expect(environment.problems.map(\.variable) == ["KEY_FILE", "PASS_FILE", "OTHER_FILE"])
    #expect(environment.problems.allSatisfy { $0.message == expected })
    #expect(!environment.problems.description.contains("hunter2"))
  }

  @Test(arguments: [
    "/run/secrets/key.pem", "key.pem", "./k", "~/k", "a b/ä",
    "keys/Region1/backendapi-signing-key-of-the-year",
    "/run/secrets/bulkhead/Region1/backendapisigningkey",
  ])
  func `a path is a path`(_ path: String) {
    var environment = reader(["KEY_FILE": path])
    #expect(environment.optionalPath("KEY_FILE") == path)
    #expect(environment.problems.isEmpty)
  }

  @Test(
    arguments: [("1", 1), ("9", 9), ("0", nil), ("10", nil), ("-1", nil), ("1.5", nil), (" 1", nil)]
      as [(String, Int?)])
  func `a number must be whole and within its limits`(text: String, number: Int?) {
    var environment = reader(["A": text])
    #expect(environment.integer("A", default: 5, in: 1...9) == number ?? 5)
    #expect(environment.problems.isEmpty == (number != nil))
  }

  @Test(arguments: [("true", true), ("false", false), ("yes", nil), ("TRUE", nil)] as [(String, Bool?)])
  func `a boolean is true or false`(text: String, value: Bool?) {
    var environment = reader(["A": text])
    #expect(environment.boolean("A", default: true) == value ?? true)
    #expect(environment.problems.isEmpty == (value != nil))
  }

  @Test func `finish returns where there is no problem`() throws {
    var environment = reader(["COLOUR": "green"])
    #expect(environment.choice("COLOUR", default: Colour.red) == .green)
    try environment.finish()
  }

  @Test func `the environment of the process is read`() {
    var environment = EnvironmentReader.process()
    #expect(environment.optionalText("PATH") != nil)
  }
}
