extension Authenticator {
    /// What there is to say of a look at the files.
    package struct FileReport: Sendable, Hashable {
        /// For people: what was taken up.
        package var notices: [String] = []
        /// What is wrong with one. It is said anew at every look, as long as it is.
        package var complaints: [String] = []
    }

    /// Looks whether the files have changed that say who is who (the keys that sign tokens, the htpasswd file, other issuers'
    /// keys), and follows. Blocks: for a thread that may. For one caller at a time.
    package func refreshFiles() -> FileReport {
        var report = FileReport()
        let settings = settings
        func look(_ notice: String, _ refresh: () throws -> Bool) {
            do {
                if try refresh() { report.notices.append(notice) }
            } catch {
                report.complaints.append("\(error)")
            }
        }
        look("the keys that sign tokens were changed") { try keys.refresh() }
        if let htpasswd = settings.htpasswd {
            look("\(htpasswd.path) was read") {
                guard let complaints = try htpasswd.refresh() else { return false }
                report.notices += complaints.map { "\(htpasswd.path): \($0)" }
                return true
            }
        }
        if let issuers = settings.issuers { look("other issuers' keys were read") { try issuers.refresh() } }
        return report
    }
}
