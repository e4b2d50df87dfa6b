package siteaudit

// Rule is a kind of finding. Its id never changes: pipelines and suppressions
// refer to it.
type Rule struct {
	ID       string
	Severity Severity // as a rule; a finding can be milder
	Short    string   // what it says, in a sentence
	Help     string   // why it matters and what to do
}

// Ids of the rules.
const (
	undeclaredRequest = "undeclared-request"
	undeclaredCookie  = "undeclared-cookie"
	undeclaredStorage = "undeclared-storage"
	unnamedCookie     = "unnamed-cookie"
	beforeChoice      = "before-choice"
	afterRefusal      = "after-refusal"
	notChosen         = "not-chosen"
	afterWithdrawal   = "after-withdrawal"
	leftOver          = "left-over"
	livesLonger       = "lives-longer"
	neverSeen         = "never-seen"
	noscriptPixel     = "noscript-pixel"
	serverSide        = "server-side-tagging"
	notGated          = "not-gated"
	unknownPurpose    = "unknown-purpose"
	earlyConnection   = "early-connection"
	loaderMissing     = "loader-missing"
	loaderFailed      = "loader-failed"
	loaderLate        = "loader-late"
	loaderWrongSite   = "loader-wrong-site"
	unknownOrigin     = "unknown-origin"
	noFirstLayer      = "no-first-layer"
	noControl         = "no-control"
	choiceLost        = "choice-lost"
	cspViolation      = "csp-violation"
	pageFailed        = "page-failed"
	leftSite          = "left-site"
)

// Rules lists every rule there is.
var Rules = []Rule{
	{undeclaredRequest, Error, "A page asks a host for something, and the site does not declare it.",
		"People are told of everything that a site uses and who else gets data (PECR Schedule A1; UK GDPR Art 13). Declare the technology in group.yaml with its hosts and gate it, or take it off the page."},
	{undeclaredCookie, Error, "There is a cookie that the site does not declare.",
		"Declare it in group.yaml and gate what sets it, or take that off the page. Latchkey never deletes what is not declared."},
	{undeclaredStorage, Error, "Something is stored in the browser that the site does not declare.",
		"Storage counts as a cookie does. Declare it in group.yaml with the kind storage and gate what writes it, or take that off the page."},
	{unnamedCookie, Warning, "A declared company keeps a cookie that is not declared by its name.",
		"Each cookie has to be explained: who sets it, what for, how long. Add it to the company's technologies in group.yaml."},
	{beforeChoice, Error, "Something that needs consent runs before the visitor has chosen.",
		"Gate it: data-consent with its purpose, and type=\"text/plain\" or data-src. What a tag manager adds has to wait for the same purpose there."},
	{afterRefusal, Error, "Something that was refused runs all the same.",
		"Find what starts it, named as initiator, and gate that. Look in the tag manager, in plug-ins of the content management system and in templates."},
	{notChosen, Error, "Something runs although its purpose is off and only another one is on.",
		"It is gated with the wrong purpose, or started by a script of the purpose that is on. Gate it with its own."},
	{afterWithdrawal, Error, "Something comes back after the consent was taken back.",
		"Find what starts it again on the next page, and gate that."},
	{leftOver, Error, "Something stays in the browser after the consent was taken back.",
		"Latchkey deletes declared cookies and items that scripts can reach. What is left needs the right domain and path, or has to be deleted by the server that set it."},
	{livesLonger, Warning, "A cookie lives longer than the site says.",
		"Correct the duration in group.yaml, or shorten the cookie in the vendor's settings."},
	{neverSeen, Note, "Something is declared that no page used.",
		"If no other page uses it either, and nothing kept it from loading while the audit ran (a firewall, an address that can't be reached), delete it from group.yaml: people are asked about it for nothing."},
	{noscriptPixel, Error, "A noscript element loads something of a third party.",
		"Nothing can gate it: browsers without JavaScript load it before any choice. Delete it."},
	{serverSide, Warning, "A request on the site's own domain looks like server-side tagging.",
		"What a server passes on to a vendor can't be seen from here, and a banner does not stop it. Make sure that it waits for the consent, and declare the vendor."},
	{notGated, Error, "The page's HTML has an element that needs consent and does not wait for it.",
		"Give scripts type=\"text/plain\" and data-consent; give frames, images and links data-consent and data-src or data-href in place of src or href."},
	{unknownPurpose, Error, "An element waits for a purpose that the site does not have.",
		"It is never released. Correct data-consent, or declare a technology with that purpose."},
	{earlyConnection, Warning, "The page lets the browser connect to a third party ahead of the consent.",
		"Even without a request, connecting tells the company the visitor's address. Delete the link element, or gate it with data-consent and data-href."},
	{loaderMissing, Error, "The page does not carry Latchkey.",
		"Put the script tag of \"latchkey snippet\" first into the head of every page."},
	{loaderFailed, Error, "Latchkey's script is on the page and does not work.",
		"Open the page with the browser's developer tools: the console says what stops the script. Often it is the Content-Security-Policy, http in place of https, a site's id that does not exist, or an integrity on an address that is not pinned."},
	{loaderLate, Warning, "Something that needs consent stands before Latchkey, or Latchkey is added by a script.",
		"Put the script tag of \"latchkey snippet\" first into the head, before all tags."},
	{loaderWrongSite, Error, "The page carries the script of another site.",
		"Correct the site's id in the address of the script."},
	{unknownOrigin, Warning, "The page's origin is not one of the site's: its choices make no receipts.",
		"Add it to the site's origins in group.yaml, scheme, host and port as in the browser's address bar: https and http are two, and so are www.example.org and example.org. Or let the page redirect to one that is listed."},
	{noFirstLayer, Error, "The buttons to accept and to refuse were not found or did nothing.",
		"Look at the page: something may cover the banner, or stop it from being drawn."},
	{noControl, Error, "After a choice nothing on the page leads back to it.",
		"Taking consent back must be as easy as giving it (UK GDPR Art 7(3)). Do not hide Latchkey's Privacy control, or link to the preferences."},
	{choiceLost, Error, "The choice is forgotten on the next page.",
		"Check the site's cookie in group.yaml (domain, path), and what on the website deletes cookies."},
	{cspViolation, Error, "The page's Content-Security-Policy stops Latchkey.",
		"Add the lines that \"latchkey snippet\" prints to the policy."},
	{pageFailed, Error, "A page could not be loaded.",
		"Correct the address, or leave the page out."},
	{leftSite, Warning, "A page leads on to a host that was not asked for.",
		"The audit stays on the hosts that it is given. Give it the address that the page leads to."},
}

var ruleByID = func() map[string]Rule {
	all := map[string]Rule{}
	for _, r := range Rules {
		all[r.ID] = r
	}
	return all
}()
