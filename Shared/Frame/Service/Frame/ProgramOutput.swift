import Runtime

/// Where a program's answers and complaints go: standard output and standard error, or a test.
struct ProgramOutput: Sendable {
  let answers: LogSink
  let complaints: LogSink

  static let standard = ProgramOutput(answers: .standardOutput, complaints: .standardError)

  /// What was asked for.
  func answer(_ text: String) { answers.write(Array("\(text)\n".utf8)) }

  /// Why it cannot be had.
  func complain(_ text: String) { complaints.write(Array("\(text)\n".utf8)) }
}
