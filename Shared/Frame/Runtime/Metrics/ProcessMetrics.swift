import Glibc
import Processes

/// The kernel's figures for this process (proc(5)), under the names of Prometheus' own clients.
package enum ProcessMetrics {
  /// Resident memory, processor time, open files and the start time, without the figures that cannot be read.
  package static func samples() -> [MetricSample] {
    let stat = KernelFiles.text(of: "/proc/self/stat").flatMap(ProcessStat.init)
    let boot = KernelFiles.text(of: "/proc/stat").flatMap(bootSeconds)
    // One of them is the list's own.
    let openFiles = KernelFiles.names(in: "/proc/self/fd").map { $0.count - 1 }
    return [
      stat.map { .memory(Double($0.residentPages) * pageBytes) },
      stat.map { .processorTime(Double($0.processorTicks) / ticksPerSecond) },
      openFiles.map { .openFiles(Double($0)) },
      stat.flatMap { stat in boot.map { .start($0 + Double(stat.startTicks) / ticksPerSecond) } },
    ].compactMap { $0 }
  }

  private static let pageBytes = Double(sysconf(Int32(_SC_PAGESIZE)))
  private static let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))

  /// The value of the line `btime SECONDS` of /proc/stat.
  static func bootSeconds(_ stat: String) -> Double? {
    stat.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap {
      Double($0.dropFirst("btime ".count))
    }
  }
}

extension MetricSample {
  fileprivate static func memory(_ value: Double) -> MetricSample {
    MetricSample(
      "process_resident_memory_bytes", .gauge, help: "Resident memory size in bytes.", value: value)
  }

  fileprivate static func processorTime(_ value: Double) -> MetricSample {
    MetricSample(
      "process_cpu_seconds_total", .counter, help: "User and system CPU time spent in seconds.", value: value)
  }

  fileprivate static func openFiles(_ value: Double) -> MetricSample {
    MetricSample("process_open_fds", .gauge, help: "Number of open file descriptors.", value: value)
  }

  fileprivate static func start(_ value: Double) -> MetricSample {
    MetricSample(
      "process_start_time_seconds", .gauge, help: "Start of the process in seconds since 1970.", value: value)
  }
}

/// The fields of /proc/self/stat that the metrics use. The command's name is in parentheses and may itself contain
/// parentheses and spaces, so the fields count from the last `)`.
struct ProcessStat: Equatable {
  let processorTicks: UInt64
  let startTicks: UInt64
  let residentPages: Int64

  init?(_ text: String) {
    guard let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    // The first element is field 3 of proc(5), the state.
    guard fields.count > 21, let user = UInt64(fields[11]), let system = UInt64(fields[12]),
      let start = UInt64(fields[19]), let pages = Int64(fields[21])
    else { return nil }
    processorTicks = user + system
    startTicks = start
    residentPages = pages
  }
}
