import Foundation
import Glibc
import Synchronization

/// The built binary, serving a data folder of its own on ports that it chose itself. Killed and removed when this goes.
final class Server: Sendable {
    let directory: TemporaryDirectory
    /// Where its blobs are, if this run is on S3 and the test has not said otherwise.
    let bucket: S3Bucket?
    private let binary: String
    private let arguments: [String]
    private let environment: [String: String]
    private let listeners: Int
    private struct State {
        var process: ChildProcess?
        var ports: [UInt16] = []
        /// The logs of processes that have ended.
        var pastLogs = ""
    }
    private let state = Mutex(State())

    /// One server for all tests that need nothing special. They keep apart by their repositories' names.
    static func shared() throws -> Server { try sharedServer.get() }
    private static let sharedServer = Result { try Server() }

    /// - Parameters:
    ///   - listen: nil: as the configuration says.
    ///   - settings: `KEY=VALUE`, each for a `--set`.
    ///   - listeners: How many addresses the settings make it listen on.
    ///   - configuration: The text of a configuration file.
    init(
        binary: String = "registryd",
        listen: String? = "127.0.0.1:0",
        settings: [String] = [],
        listeners: Int = 1,
        configuration: String? = nil,
        environment: [String: String] = [:],
        directory: TemporaryDirectory? = nil
    ) throws {
        let directory = try directory ?? TemporaryDirectory()
        self.directory = directory
        self.binary = try Self.built(binary)
        self.environment = environment
        self.listeners = listeners
        var arguments = ["serve", "--data", directory("data")]
        if let listen { arguments += ["--listen", listen] }
        if let configuration {
            arguments += ["--config", try directory.write(configuration, to: "registryd.yaml")]
        }
        let namesStorage = (settings + [configuration ?? ""]).contains { $0.hasPrefix("storage") }
        bucket = binary == "registryd" && !namesStorage ? try TestStorage.bucket() : nil
        for setting in [bucket?.setting].compactMap(\.self) + settings { arguments += ["--set", setting] }
        self.arguments = arguments
        try start()
    }

    /// A program that the build left beside the test's own.
    static func built(_ name: String) throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent(name).path
        guard access(path, X_OK) == 0 else { throw SystemError("\(path), which the build should have made") }
        return path
    }

    // MARK: What it is

    var data: String { directory("data") }
    var port: UInt16 { state.withLock { $0.ports.first ?? 0 } }
    /// In the order in which the server named them.
    var ports: [UInt16] { state.withLock { $0.ports } }
    var address: String { "127.0.0.1:\(port)" }
    var processID: pid_t { state.withLock { $0.process?.id ?? 0 } }
    var isRunning: Bool { state.withLock { $0.process }?.isRunning ?? false }
    var log: String { state.withLock { $0.pastLogs + ($0.process?.errors.text ?? "") } }

    /// The process's memory in RAM, in bytes.
    func residentMemory() throws -> Int { try memory("VmRSS") }

    /// The most that it ever was.
    func peakMemory() throws -> Int { try memory("VmHWM") }

    private func memory(_ field: String) throws -> Int {
        let status = String(decoding: try contents(of: "/proc/\(processID)/status"), as: UTF8.self)
        let line = status.split(separator: "\n").first { $0.hasPrefix("\(field):") }
        guard let kilobytes = line?.split(separator: " ").compactMap({ Int($0) }).first else {
            throw NeverHappened(description: "no \(field) in \(status)")
        }
        return kilobytes << 10
    }

    // MARK: What becomes of it

    /// Starts it (again), and waits until it listens.
    func start() throws {
        let process = try ChildProcess(binary, arguments, environment: environment)
        state.withLock {
            $0.process = process
            $0.ports = []
        }
        do {
            try eventually("that the server listens; its log:\n\(process.errors.text)", within: .seconds(120)) {
                let ports = Self.ports(in: process.errors.text)
                if ports.count >= listeners {
                    state.withLock { $0.ports = ports }
                    return true
                }
                guard process.isRunning else {
                    throw NeverHappened(description: "the server ended instead of listening:\n\(process.errors.text)")
                }
                return false
            }
        } catch {
            _ = stop(SIGKILL)
            throw error
        }
    }

    func signal(_ signal: CInt) {
        state.withLock { $0.process }?.kill(signal)
    }

    /// Sends a signal that ends it, and waits until it did. nil: it did not, and was killed.
    @discardableResult
    func stop(_ signal: CInt = SIGTERM) -> ChildProcess.Exit? {
        self.signal(signal)
        return waitForExit()
    }

    /// Waits until it has ended after a signal that was sent.
    func waitForExit() -> ChildProcess.Exit? {
        guard let process = state.withLock({ $0.process }) else { return nil }
        let exit = process.wait(within: .seconds(90))
        if exit == nil {
            process.kill(SIGKILL)
            _ = process.wait(within: .seconds(30))
        }
        try? eventually("the end of the log") { process.errors.isAtEnd }
        state.withLock {
            $0.pastLogs += process.errors.text
            $0.process = nil
        }
        return exit
    }

    /// Ends it without warning, and starts it again on the same data. It listens on a port of its choice: its old one
    /// may belong to somebody else by then.
    func crashAndRestart() throws {
        stop(SIGKILL)
        try start()
    }

    private static func ports(in log: String) -> [UInt16] {
        // "listening on 127.0.0.1:5000", in either log format; only whole lines, as a number may still be on its way.
        log.split(separator: "\n", omittingEmptySubsequences: false).dropLast().compactMap { line in
            guard let found = line.range(of: "listening on ") else { return nil }
            let address = line[found.upperBound...].prefix { $0 != " " && $0 != "\"" }
            return address.split(separator: ":").last.flatMap { UInt16($0) }
        }
    }
}
