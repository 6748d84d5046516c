import Foundation
import Processes
import TestSupport

/// A running program. It writes its output to files, so that no pipe can fill up.
final class Started: Sendable {
  private let process: ChildProcess
  private let outPath: URL
  private let errPath: URL

  init(_ program: URL, _ arguments: [String], environment: [String: String], in folder: URL) throws {
    let name = "\(program.lastPathComponent)-\(UUID().uuidString)"
    outPath = folder.appendingPathComponent("\(name).out")
    errPath = folder.appendingPathComponent("\(name).err")
    var variables = environment
    variables["PATH"] = variables["PATH"] ?? ProcessInfo.processInfo.environment["PATH"]
    let (out, err) = (try Self.file(outPath), try Self.file(errPath))
    let streams = ProcessStreams(output: out.fileDescriptor, errors: err.fileDescriptor)
    process = try ChildProcess(
      program.path, arguments, environment: variables, folder: folder.path, streams: streams)
  }

  var isRunning: Bool { process.isRunning }
  var identifier: Int32 { process.identifier }
  /// The exit code, or the number of the signal that ended it.
  var status: Int32 {
    switch process.ending {
    case .exit(let code): code
    case .signal(let number): number
    case nil: preconditionFailure("the program still runs")
    }
  }
  var out: String { (try? String(contentsOf: outPath, encoding: .utf8)) ?? "" }
  var err: String { (try? String(contentsOf: errPath, encoding: .utf8)) ?? "" }

  func interrupt() { send(SIGINT) }
  func send(_ signal: Int32) { process.send(signal) }
  func kill() { send(SIGKILL) }

  /// Waits for the program's end; false where it does not end within the time.
  func ends(within milliseconds: Int = Patience.milliseconds) async throws -> Bool {
    await eventually(withinMilliseconds: milliseconds) { !isRunning }
  }

  private static func file(_ path: URL) throws -> FileHandle {
    guard FileManager.default.createFile(atPath: path.path, contents: nil) else {
      throw Program.Failure("cannot write \(path.path)")
    }
    return try FileHandle(forWritingTo: path)
  }
}
