import Foundation
import Processes
import TestSupport
import Testing

@testable import bulkhead

/// Files that an operator names as the place of a result.
@Suite struct OutputFileTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func mode(of path: String) -> mode_t {
    var information = stat()
    return lstat(path, &information) == 0 ? information.st_mode : 0
  }

  private func text(of path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  private var entries: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
  }

  @Test func `a file is replaced with its mode, and nothing else is left`() throws {
    let path = folder.file("page.html")
    try OutputFile(path).write("one")
    try #require(chmod(path, 0o640) == 0)
    try OutputFile(path).write("two")
    #expect(try text(of: path) == "two" && mode(of: path) & 0o7777 == 0o640)
    try OutputFile(path).write("three", mode: 0o600)
    #expect(mode(of: path) & 0o7777 == 0o600)
    #expect(try entries == ["page.html"])
  }

  @Test(arguments: [true, false])
  func `a link stays a link, and the file behind it is written`(_ exists: Bool) throws {
    let (link, middle, target) = (folder.file("link"), folder.file("middle"), folder.file("target"))
    if exists { try OutputFile(target).write("before") }
    try #require(symlink("middle", link) == 0 && symlink(target, middle) == 0)
    #expect(OutputFile(link).obstacle == nil)
    try OutputFile(link).write("after")
    #expect(mode(of: link) & S_IFMT == S_IFLNK && mode(of: middle) & S_IFMT == S_IFLNK)
    #expect(try text(of: target) == "after")
  }

  @Test func `a pipe is written and stays a pipe`() async throws {
    let path = folder.file("pipe")
    try #require(mkfifo(path, 0o600) == 0)
    #expect(OutputFile(path).obstacle == nil)
    // Opened for both, so that no side waits for the other one.
    let descriptor = open(path, O_RDWR | O_NONBLOCK)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    try OutputFile(path).write("through the pipe")
    var buffer = [UInt8](repeating: 0, count: 64)
    let count = read(descriptor, &buffer, buffer.count)
    #expect(String(decoding: buffer.prefix(max(0, count)), as: UTF8.self) == "through the pipe")
    #expect(mode(of: path) & S_IFMT == S_IFIFO)
    #expect(try entries == ["pipe"])
  }

  @Test func `a file that exists is not made again, and what it has stays`() throws {
    let path = folder.file("V0022_a.swift")
    #expect(try OutputFile(path).create("one"))
    #expect(try !OutputFile(path).create("two"))
    #expect(try text(of: path) == "one")
    #expect(try entries == ["V0022_a.swift"])
  }

  @Test func `what keeps a file from being written shows before the work and names the path`() throws {
    #expect(OutputFile(folder.path).obstacle == "\(folder.path) is a folder")
    let lost = folder.file("none/page.html")
    #expect(OutputFile(lost).obstacle == "there is no folder \(folder.file("none"))")
    let failure = #expect(throws: OutputFile.Failure.self) { try OutputFile(lost).write("x") }
    #expect(failure?.description == "cannot write \(lost): No such file or directory")
    let loop = folder.file("loop")
    try #require(symlink("loop", loop) == 0)
    #expect(throws: OutputFile.Failure.self) { try OutputFile(loop).write("x") }
  }
}

/// Files that a process has open, at the links that the kernel shows for them.
@Suite struct OpenStreamTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// The ways to a descriptor of this process. Tests leave its standard output alone: /dev/stdout is such a link.
  private func paths(of descriptor: Int32) throws -> [String] {
    let link = folder.file("stdout-\(descriptor)")
    try #require(symlink("/proc/self/fd/\(descriptor)", link) == 0)
    return [
      link, "/dev/fd/\(descriptor)", "/proc/self/fd/\(descriptor)", "/proc/thread-self/fd/\(descriptor)",
      "/proc/\(getpid())/fd/\(descriptor)",
    ]
  }

  @Test(arguments: [O_APPEND, 0])
  func `a stream keeps its lines, its file and its name`(_ flag: Int32) throws {
    let file = folder.file("audit.log")
    let descriptor = open(file, O_WRONLY | O_CREAT | O_CLOEXEC | flag, 0o640)
    try #require(descriptor >= 0 && write(descriptor, "x\n", 2) == 2)
    defer { close(descriptor) }
    let paths = try paths(of: descriptor)
    for (number, path) in paths.enumerated() {
      #expect(OutputFile(path).obstacle == nil)
      try OutputFile(path).write("\(number)\n", mode: 0o600)
    }
    try #require(write(descriptor, "y\n", 2) == 2)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "x\n0\n1\n2\n3\n4\ny\n")
    var (opened, named) = (stat(), stat())
    #expect(fstat(descriptor, &opened) == 0 && stat(file, &named) == 0 && opened.st_ino == named.st_ino)
    #expect(named.st_mode & 0o7777 == 0o640)
  }

  @Test func `a stream of another process is appended to`() async throws {
    let file = folder.file("audit.log")
    try Data("x\n".utf8).write(to: URL(fileURLWithPath: file))
    let descriptor = open(file, O_WRONLY | O_CLOEXEC)
    defer { close(descriptor) }
    let holder = try ChildProcess("sleep", ["60"], streams: ProcessStreams(output: descriptor))
    defer { holder.send(SIGKILL) }
    try OutputFile("/proc/\(holder.identifier)/fd/1").write("y\n")
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "x\ny\n")
  }

  @Test func `a stream that is only read fails, and its file stays`() throws {
    let file = folder.file("audit.log")
    try Data("x\n".utf8).write(to: URL(fileURLWithPath: file))
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    defer { close(descriptor) }
    #expect(OutputFile("/dev/fd/\(descriptor)").obstacle == "it is not writable")
    #expect(throws: OutputFile.Failure.self) { try OutputFile("/dev/fd/\(descriptor)").write("z") }
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "x\n")
  }
}
