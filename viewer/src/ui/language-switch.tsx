import { chooseLanguage, language, languages, text } from "../i18n/language.ts";

/** Lets a person change the language; each is named in itself, so that it can be found from any other. */
export function LanguageSwitch() {
  return (
    <fieldset class="languages">
      <legend class="unseen">{text.value.language}</legend>
      {languages.map(({ id, name, htmlLang }) => (
        <button key={id} type="button" lang={htmlLang} aria-pressed={language.value === id} onClick={() => chooseLanguage(id)}>
          {name}
        </button>
      ))}
    </fieldset>
  );
}
