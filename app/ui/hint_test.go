package ui_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/i18n"
	"latchkey/app/ui"
	"latchkey/server/render"
)

func TestTheBannerSaysWhatHasChanged(t *testing.T) {
	change := func(kind consent.ChangeKind, name string, who ...string) consent.Change {
		return consent.Change{Kind: kind, Name: name, Who: who}
	}
	basis := func(b consent.Basis) consent.Change {
		return consent.Change{Kind: consent.BasisChanged, Name: "Statistics", Basis: b}
	}
	const again = "You have chosen before. We ask again because something has changed:"
	for _, tt := range []struct {
		name string
		hint ui.Hint
		want []string
	}{
		{"nobody in particular", ui.Hint{}, nil},
		{"somebody who answered what is not known any more", ui.Hint{Again: true},
			[]string{"You have chosen before. We ask again because what the website uses has changed since then."}},
		{"a purpose is new", ui.Hint{Again: true, Changes: []consent.Change{change(consent.PurposeNew, "Marketing")}},
			[]string{again + " Marketing is new."}},
		{"several changes", ui.Hint{Again: true, Changes: []consent.Change{
			change(consent.ControllerChanged, "", "Reside Housing Association", "Progress Housing Group Limited"),
			change(consent.RecipientNew, "Statistics", "Sitelook", "Bluebird"), change(consent.RecipientGone, "Statistics", "Circle"),
			change(consent.PurposeGone, "Marketing"),
		}}, []string{again,
			"Progress Housing Group Limited now decides on these cookies, and no longer Reside Housing Association.",
			"Statistics: your information now also goes to Sitelook, Bluebird.",
			"Statistics: your information no longer goes to Circle.",
			"Marketing is no longer used.",
		}},
		{"another basis", ui.Hint{Again: true, Changes: []consent.Change{
			basis(consent.ByConsent), basis(consent.StatisticsExempt), basis(consent.AppearanceExempt), basis(consent.Essential),
		}}, []string{again, "Statistics now stays off unless you say yes.", "Statistics is now on unless you object.", "Statistics is now on unless you object.",
			"Statistics is now always on, because the website does not work without it."}},
		{"a browser with Global Privacy Control", ui.Hint{Refused: []string{"Videos", "Marketing"}},
			[]string{"Your browser asks us not to share your information (Global Privacy Control). Unless you choose otherwise, this stays off: Videos, Marketing."}},
		{"both", ui.Hint{Again: true, Refused: []string{"Marketing"}}, []string{
			"You have chosen before. We ask again because what the website uses has changed since then.",
			"Your browser asks us not to share your information (Global Privacy Control). Unless you choose otherwise, this stays off: Marketing."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, lang := range i18n.Languages {
				view := ui.BannerView{Site: "Reside", Entity: "Reside Housing Association", Purposes: purposes(), Hint: tt.hint}
				n, err := render.Tree(&ui.Banner{T: i18n.For(lang), View: view})
				require.NoError(t, err)
				view.Hint = ui.Hint{}
				usual, err := render.Tree(&ui.Banner{T: i18n.For(lang), View: view})
				require.NoError(t, err)
				title, rest, _ := strings.Cut(render.Text(usual), "\n")
				got, hinted := strings.CutPrefix(render.Text(n), title+"\n")
				require.True(t, hinted)
				got, hinted = strings.CutSuffix(got, rest)
				require.True(t, hinted, "the hint stands between the title and the rest")
				lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
				if tt.want == nil {
					assert.Empty(t, got)
					continue
				}
				assert.Len(t, lines, len(tt.want), "%s", lang)
				assert.NotContains(t, got, "[", "%s: a message that is missing", lang)
				if lang == i18n.Default {
					assert.Equal(t, tt.want, lines)
				}
			}
		})
	}
}
