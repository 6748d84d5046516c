import CProcess
import Glibc

/// What a program that ran to its end left behind.
package struct ProcessOutcome: Sendable {
  package let ending: ChildProcess.Ending
  package let output: String
  package let errors: String

  package var isSuccess: Bool { ending == .exit(0) }
}

extension ChildProcess {
  /// Runs a program to its end and returns its output. Blocks the thread.
  ///
  /// The streams are files in memory: a program that writes much never waits for a reader.
  ///
  /// - Parameter isMerged: whether both output streams go to `output`, in the order of writing.
  package static func run(
    _ program: String, _ arguments: [String] = [], environment: [String: String]? = nil,
    folder: String? = nil, input: [UInt8] = [], isMerged: Bool = false
  ) throws(ProcessError) -> ProcessOutcome {
    let given = try MemoryFile(input)
    let output = try MemoryFile()
    let errors = try MemoryFile()
    let streams = ProcessStreams(
      input: given.descriptor, output: output.descriptor,
      errors: isMerged ? output.descriptor : errors.descriptor)
    let child = try ChildProcess(
      program, arguments, environment: environment, folder: folder, streams: streams)
    return ProcessOutcome(ending: child.wait(), output: try output.text(), errors: try errors.text())
  }
}

/// A file without a name, which only its descriptors reach.
private struct MemoryFile: ~Copyable {
  let descriptor: Int32

  init(_ bytes: [UInt8] = []) throws(ProcessError) {
    descriptor = bulkhead_memory_file("stream")
    guard descriptor >= 0 else { throw ProcessError("cannot make a file in memory", errno) }
    guard bytes.isEmpty || pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else {
      throw ProcessError("cannot write a file in memory", errno)
    }
  }

  deinit { close(descriptor) }

  func text() throws(ProcessError) -> String {
    let size = max(0, Int(lseek(descriptor, 0, SEEK_END)))
    var bytes = [UInt8](repeating: 0, count: size)
    guard pread(descriptor, &bytes, size, 0) == size else {
      throw ProcessError("cannot read a file in memory", errno)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
