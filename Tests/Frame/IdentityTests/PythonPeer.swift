import Dispatch
import Foundation

/// A Python with PyJWT, the independent implementation to compare with. `make test` prepares it.
struct PythonPeer {
  private let path: String

  /// - Throws: without such a Python: a skipped check must not look like a passed one.
  init() throws {
    guard let path = ProcessInfo.processInfo.environment["TEST_PYTHON"], !path.isEmpty else {
      throw PeerError("TEST_PYTHON is not set: it names a Python with PyJWT, which `make test` prepares")
    }
    self.path = path
  }

  /// Runs the script with one JSON document on its standard input, and reads one from its standard output.
  func run(_ script: String, _ input: [String: String]) async throws -> [String: String] {
    let request = try JSONSerialization.data(withJSONObject: input)
    let path = path
    let answer = try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(with: Result { try Self.run(path, script, request) })
      }
    }
    guard let object = try JSONSerialization.jsonObject(with: answer) as? [String: String] else {
      throw PeerError("the peer did not answer with texts")
    }
    return object
  }

  private static func run(_ path: String, _ script: String, _ request: Data) throws -> Data {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = ["-I", "-c", script]
    let (input, output, errors) = (Pipe(), Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: request)
    try input.fileHandleForWriting.close()
    let answer = try output.fileHandleForReading.readToEnd() ?? Data()
    let complaint = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw PeerError("the peer failed: " + String(decoding: complaint, as: UTF8.self))
    }
    return answer
  }
}

struct PeerError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
