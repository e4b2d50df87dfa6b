// A style sheet that a script imports is a string, see cmd/assets.
declare module '*.css' {
	const css: string;
	export default css;
}
