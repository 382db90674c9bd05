import RegistryCore

/// The part of a driver that reading a configuration needs.
struct StorageDriverCheck: Sendable {
    var name: String
    var check: @Sendable (any Decoder) throws -> Void
}

extension StorageDriverCheck {
    init(_ driver: StorageDriver) {
        self.init(name: driver.name, check: driver.check)
    }
}

extension Settings {
    /// Checks that every backend's driver exists and knows its keys. Builds nothing.
    func checkBackends(_ drivers: [StorageDriverCheck], tree: ConfigNode) throws {
        var problems: [ConfigProblem] = []
        for backend in backends {
            guard let driver = drivers.first(where: { $0.name == backend.driver }) else {
                let path = ["storage", "backends", backend.name, "driver"]
                let names = drivers.map(\.name).sorted()
                let guess = nearest(to: backend.driver, among: names).map { "did you mean “\($0)”?" }
                let text = "no driver “\(backend.driver)”; " + (guess ?? "there are: \(names.joined(separator: ", "))")
                let origin = tree.nearest(path).origin
                problems.append(ConfigProblem(path.joined(separator: "."), origin: origin, text))
                continue
            }
            // A driver that reads its section only when it builds asks for nothing here, and then knows nothing.
            let reading = ConfigReading(collects: true)
            do {
                try driver.check(backend.decoder(reading))
            } catch {
                reading.note(backend.problem(error))
            }
            problems += reading.problems + reading.unknownKeys
        }
        guard problems.isEmpty else { throw ConfigurationError(problems) }
    }
}

extension Settings.Backend {
    var path: [String] { ["storage", "backends", name] }

    /// What the driver reads its section from.
    func decoder(_ reading: ConfigReading) -> ConfigDecoder {
        ConfigDecoder(section, path: path, reading: reading)
    }

    /// A driver's complaint about its section, with the section's place where it does not give one itself.
    func problem(_ error: any Error) -> ConfigProblem {
        switch error {
        case let problem as ConfigProblem:
            problem
        case DecodingError.dataCorrupted(let context), DecodingError.typeMismatch(_, let context),
            DecodingError.valueNotFound(_, let context), DecodingError.keyNotFound(_, let context):
            ConfigProblem(
                ConfigDecoder.path(context.codingPath),
                origin: section.origin,
                context.debugDescription
            )
        default:
            ConfigProblem(path.joined(separator: "."), origin: section.origin, "\(error)")
        }
    }
}
