import CProcess
import Glibc

/// The descriptors of a child's standard streams. A nil stream is /dev/null. The starter keeps and closes its descriptors.
package struct ProcessStreams: Sendable {
  package var input: Int32?
  package var output: Int32?
  package var errors: Int32?

  package init(input: Int32? = nil, output: Int32? = nil, errors: Int32? = nil) {
    (self.input, self.output, self.errors) = (input, output, errors)
  }

  package static let none = ProcessStreams()
}

/// One call of posix_spawn(3) with its attributes.
struct Spawn {
  /// The lowest number above the standard streams.
  private static let firstOther: Int32 = 3

  let program: String
  let arguments: [String]
  let environment: [String: String]?
  let folder: String?
  let streams: ProcessStreams

  func start() throws(ProcessError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    // Copies above the standard numbers: setting one stream then never replaces the source of another.
    let sources = [streams.input, streams.output, streams.errors].map { descriptor in
      descriptor.map { fcntl($0, F_DUPFD_CLOEXEC, Self.firstOther) }
    }
    defer {
      for case let source? in sources where source >= 0 { close(source) }
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    guard !sources.contains(-1) else { throw ProcessError("cannot pass a stream to \(program)", errno) }
    add(sources, to: &actions)
    set(&attributes)
    var identifier: pid_t = 0
    let code = withTexts([program] + arguments) { arguments in
      withEnvironment { posix_spawnp(&identifier, program, &actions, &attributes, arguments, $0) }
    }
    guard code == 0 else { throw ProcessError("cannot start \(program)", code) }
    return identifier
  }

  private func add(_ sources: [Int32?], to actions: inout posix_spawn_file_actions_t) {
    for (number, source) in sources.enumerated() {
      if let source {
        posix_spawn_file_actions_adddup2(&actions, source, Int32(number))
      } else {
        posix_spawn_file_actions_addopen(&actions, Int32(number), "/dev/null", O_RDWR, 0)
      }
    }
    if let folder { bulkhead_spawn_chdir(&actions, folder) }
    bulkhead_spawn_closefrom(&actions, Self.firstOther)
  }

  private func set(_ attributes: inout posix_spawnattr_t) {
    var (none, all) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
    posix_spawnattr_setflags(&attributes, Int16(flags))
  }

  private func withEnvironment<Result>(_ body: ([UnsafeMutablePointer<CChar>?]) -> Result) -> Result {
    guard let environment else {
      return withInherited(body)
    }
    return withTexts(environment.map { "\($0.key)=\($0.value)" }, body)
  }

  /// The variables of this process.
  private func withInherited<Result>(_ body: ([UnsafeMutablePointer<CChar>?]) -> Result) -> Result {
    var variables: [UnsafeMutablePointer<CChar>?] = []
    var next = environ
    while let variable = next.pointee {
      variables.append(variable)
      next += 1
    }
    return body(variables + [nil])
  }

  /// A list of C texts that ends with nil, as exec(3) reads it.
  private func withTexts<Result>(
    _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let copies = texts.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
  }
}
