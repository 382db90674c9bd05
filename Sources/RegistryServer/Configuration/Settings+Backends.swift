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
    /// What is wrong with the backends: a driver that does not exist, or keys that it does not know. Builds nothing.
    func brokenBackends(_ drivers: [StorageDriverCheck], tree: ConfigNode) -> [ConfigProblem] {
        var problems: [ConfigProblem] = []
        for backend in backends {
            guard let driver = drivers.first(where: { $0.name == backend.driver }) else {
                let path = ["storage", "backends", backend.name, "driver"]
                let names = drivers.map(\.name).sorted()
                guard !isStorageDefault else {
                    let text =
                        "missing: this build has no driver “\(backend.driver)” for the default; "
                        + "set storage.active and storage.backends; drivers: \(names.joined(separator: ", "))"
                    problems.append(ConfigProblem("storage", origin: tree["storage"]?.origin, text))
                    continue
                }
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
        return problems
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
