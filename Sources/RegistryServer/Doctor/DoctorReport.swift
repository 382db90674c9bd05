import RegistryCore

/// What `registryd doctor` found out.
struct DoctorReport: Sendable, Hashable {
    struct Backend: Sendable, Hashable {
        var name: String
        var driver: String
        /// New blobs go there.
        var isActive: Bool
        var findings: [Finding]
    }
    var backends: [Backend] = []

    /// Why the command fails; nil: everything that is needed works.
    var failure: CommandFailure? {
        let failed = backends.flatMap { backend in
            backend.findings.filter { $0.verdict == .failed }.map { (backend: backend, finding: $0) }
        }
        // What somebody has to mend counts for more than what may come back by itself.
        let order: [CommandFailure.Code] = [.configuration, .unavailable]
        let codes = failed.map { CommandFailure.Code($0.finding.code) }
        guard let code = order.first(where: { codes.contains($0) }) ?? codes.first else { return nil }
        let lines = failed.map { backend, finding in
            let advice = finding.advice.map { "; \($0)" } ?? ""
            return "storage.backends.\(backend.name): \(finding.probe): \(finding.detail)\(advice)"
        }
        return CommandFailure(code, lines.joined(separator: "\n"))
    }
}

extension DoctorReport {
    /// For people.
    var text: String {
        let findings = backends.flatMap(\.findings)
        func width(_ text: (Finding) -> String) -> Int { findings.map { text($0).count }.max() ?? 0 }
        let (verdicts, probes) = (width { $0.verdict.rawValue }, width { $0.probe })
        let indent = String(repeating: " ", count: 2 + verdicts + 2 + probes + 2)
        var lines: [String] = []
        for backend in backends {
            lines.append("\(backend.name) (driver \(backend.driver))\(backend.isActive ? ": new blobs go here" : "")")
            for finding in backend.findings {
                let verdict = finding.verdict.rawValue.padded(to: verdicts)
                lines.append("  \(verdict)  \(finding.probe.padded(to: probes))  \(finding.detail)")
                if let advice = finding.advice { lines.append("\(indent)→ \(advice)") }
            }
            lines.append("")
        }
        return (lines + [summary, ""]).joined(separator: "\n")
    }

    private var summary: String {
        let verdicts = backends.flatMap(\.findings).map(\.verdict)
        let failed = verdicts.count { $0 == .failed }
        guard failed == 0 else { return failed == 1 ? "one thing does not work" : "\(failed) things do not work" }
        let degraded = verdicts.count { $0 == .degraded }
        guard degraded == 0 else { return "everything that registryd needs works; see what is degraded" }
        return "everything that registryd needs works"
    }

    /// For programs.
    var tree: ConfigNode {
        let list = backends.map { backend in
            ConfigNode.map([
                "name": .words(backend.name),
                "driver": .words(backend.driver),
                "active": .text(backend.isActive),
                "findings": .list(backend.findings.map(\.tree)),
            ])
        }
        return .map(["ok": .text(failure == nil), "backends": .list(list)])
    }
}

extension Finding {
    fileprivate var tree: ConfigNode {
        .map([
            "probe": .words(probe),
            "verdict": .words(verdict.rawValue),
            "detail": .words(detail),
            "advice": advice.map { .words($0) } ?? .null,
        ])
    }
}
