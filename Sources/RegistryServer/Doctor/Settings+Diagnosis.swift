import Logging
import RegistryCore

extension Settings {
    /// Tries every backend out, one after another. Opens no backend as a server does, and takes no lock.
    func diagnose(_ drivers: [StorageDriver]) async throws -> DoctorReport {
        var report = DoctorReport()
        for backend in backends {
            guard let driver = drivers.first(where: { $0.name == backend.driver }) else { continue }
            let reading = ConfigReading(collects: false)
            // What is worth saying is in the findings.
            let silent = Logger(label: "doctor") { _ in SwiftLogNoOpLogHandler() }
            let findings: [Finding]
            do {
                findings = try await driver.diagnose(context(backend, reading, silent))
            } catch let error as DecodingError {
                throw ConfigurationError([backend.problem(error)], cause: error)
            } catch let problem as ConfigProblem {
                throw ConfigurationError([problem])
            } catch {
                findings = [.failed("opening", error)]
            }
            report.backends.append(
                DoctorReport.Backend(
                    name: backend.name,
                    driver: backend.driver,
                    isActive: backend.name == activeBackend,
                    findings: findings
                ))
        }
        return report
    }
}
