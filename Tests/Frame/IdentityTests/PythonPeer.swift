import Dispatch
import Foundation
import Processes

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
    let outcome = try ChildProcess.run(path, ["-I", "-c", script], input: Array(request))
    guard outcome.isSuccess else { throw PeerError("the peer failed: \(outcome.errors)") }
    return Data(outcome.output.utf8)
  }
}

struct PeerError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
